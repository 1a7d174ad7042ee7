using System.Text.RegularExpressions;

namespace DistillStudio.Tests;

/// <summary>
/// The tests mirror the source: <c>Engine/X</c> holds the tests of <c>DistillStudio.Engine/X</c>, <c>X</c> those of
/// <c>DistillStudio/X</c>. Rooms and files beyond that are named here with their purpose.
/// </summary>
public sealed partial class RoomTests
{
    /// <summary>Rooms that belong to no room of the source.</summary>
    private static readonly Dictionary<string, string> OwnRooms = new()
    {
        ["Browser"] = "pages in Chromium, as people use them",
        ["Emulation"] = "a GPU that runs PTX on the CPU",
        ["Figures"] = "figures for the manual, measured when asked for",
        ["Hostile"] = "requests, files and homes that mean harm",
        ["Manual"] = "README and the manual: links, commands, tables",
        ["Support"] = "helpers of more than one room",
        ["Survival"] = "campaigns of faults and kills",
    };

    /// <summary>Files beside the rooms: rules of the whole repository.</summary>
    private static readonly string[] OfTheRepository = ["ArchitectureTests.cs", "CiScriptTests.cs", "RoomTests.cs", "SourceTests.cs"];

    private static readonly string Tests = Path.Combine(RepositoryFolder.Root, "DistillStudio.Tests");

    private static readonly string[] Files = [.. FilesIn(Tests)];

    [Fact]
    public void Folders_MirrorTheSourceOrAreNamed() => Assert.Empty(
        from file in Files
        let room = RoomOf(file)
        where room.Length == 0
            ? !OfTheRepository.Contains(file)
            : !OwnRooms.ContainsKey(room.Split('/')[0]) && !Directory.Exists(SourceOf(room))
        select $"{file}: there is no {Path.GetRelativePath(RepositoryFolder.Root, SourceOf(room))}");

    [Fact]
    public void OwnRooms_AreThere() => Assert.All(OwnRooms.Keys, room => Assert.True(Directory.Exists(Path.Combine(Tests, room)), room));

    /// <summary>A file that bears the name of a source file and <c>Tests</c> lies in its room.</summary>
    [Fact]
    public void TestsOfASourceFile_LieInItsRoom()
    {
        ILookup<string, string> rooms = new[] { "DistillStudio", "DistillStudio.Engine" }
            .SelectMany(project => FilesIn(Path.Combine(RepositoryFolder.Root, project)).Select(file => (project, file)))
            .ToLookup(
                source => Path.GetFileName(source.file).Split('.')[0],
                source => source.project == "DistillStudio" ? RoomOf(source.file) : $"Engine/{RoomOf(source.file)}");
        Assert.True(rooms.Count > 500);
        Assert.Empty(
            from file in Files
            where file.EndsWith("Tests.cs", StringComparison.Ordinal) && !OwnRooms.ContainsKey(RoomOf(file).Split('/')[0])
            let subject = rooms[Path.GetFileName(file)[..^"Tests.cs".Length]]
            where subject.Any() && !subject.Contains(RoomOf(file))
            select $"{file} tests what lies in {string.Join(" and ", subject)}");
    }

    [Fact]
    public void Namespaces_FollowTheFolders() => Assert.Empty(
        from file in Files
        let place = Namespace().Match(File.ReadAllText(Path.Combine(Tests, file))).Groups[1].Value
        where place != $"DistillStudio.Tests.{RoomOf(file).Replace('/', '.')}".TrimEnd('.')
        select $"{file} has the namespace {place}");

    /// <summary>One thing has one helper, so that one name has one meaning.</summary>
    [Fact]
    public void Helpers_OfOneName_AreOne() => Assert.Empty(
        from file in Files
        from Match match in Helper().Matches(File.ReadAllText(Path.Combine(Tests, file)))
        group file by match.Groups[1].Value into helper
        where helper.Select(file => file.Split('.')[0]).Distinct().Count() > 1 // a class in parts has a file for each
        select $"{helper.Key} is declared in {string.Join(" and ", helper)}");

    private static IEnumerable<string> FilesIn(string project) =>
        from file in Directory.EnumerateFiles(project, "*", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(project, file).Replace('\\', '/')
        where Path.GetExtension(path) is ".cs" or ".razor" && path.Split('/')[0] is not ("bin" or "obj")
        select path;

    /// <summary>The folder, with slashes; empty beside the rooms.</summary>
    private static string RoomOf(string file) => Path.GetDirectoryName(file)!.Replace('\\', '/');

    private static string SourceOf(string room) => room == "Engine" || room.StartsWith("Engine/", StringComparison.Ordinal)
        ? Path.Combine(RepositoryFolder.Root, "DistillStudio.Engine", room["Engine".Length..].TrimStart('/'))
        : Path.Combine(RepositoryFolder.Root, "DistillStudio", room);

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?:public|internal) (?:\w+ )*(?:class|record|struct|enum|interface) (?:struct )?(\w+)", RegexOptions.Multiline)]
    private static partial Regex Helper();
}
