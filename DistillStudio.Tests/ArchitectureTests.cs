using System.Text.RegularExpressions;

namespace DistillStudio.Tests;

/// <summary>
/// The rooms of the engine and the arrows between them. A room is a folder directly under <c>DistillStudio.Engine</c>; it may use the rooms named
/// after it and no others. The analysers remove using directives that are not needed, so that these are the dependencies.
/// </summary>
public partial class ArchitectureTests
{
    /// <summary>From top to bottom. Arrows that point up are marked: they are to go, and no further one may come.</summary>
    private static readonly (string Room, string Uses, string Upward)[] Rooms =
    [
        ("Verification", "Training Runs Evaluation Optimization Checkpoints Settings Model Data Formatting Runtime", ""),
        ("Studies", "Verdicts Runs Statistics Settings Checkpoints Data Formatting Runtime", ""),
        ("Verdicts", "Runs Settings Data Statistics Formatting Runtime", ""),
        ("Differences", "Runs Evaluation Statistics Settings Data Runtime", ""),
        ("Teachers", "Evaluation Settings Data Runtime", ""),
        ("Training", "Runs Evaluation Generation Optimization Settings Backends Batching Checkpoints Model Data Text Runtime", ""),
        ("Runs", "Evaluation Statistics Optimization Settings Checkpoints Model Data Formatting Runtime", "Training"), // a checkpoint restores a session
        ("Import", "Evaluation Data Downloads Runtime", ""),
        ("Hub", "Checkpoints Downloads Model Text Formatting Runtime", ""),
        ("Evaluation", "Statistics Generation Backends Batching Model Data Text Runtime", ""),
        ("Generation", "Backends Batching Model", ""),
        ("Optimization", "Settings Backends Kernels Runtime", ""),
        ("Settings", "Data Formatting Runtime", "Runs"), // a metric is read from an event
        ("Backends", "Batching Model Kernels Text Runtime", ""),
        ("Checkpoints", "Model Data Text Formatting Runtime", ""),
        ("Batching", "Model Kernels Text Runtime", ""),
        ("Model", "Kernels Runtime", "Batching"), // the T5 reads packed batches
        ("Data", "Text Runtime", ""),
        ("Text", "Formatting Runtime", ""),
        ("Downloads", "Runtime", ""),
        ("Kernels", "Runtime", ""),
        ("Statistics", "Formatting Runtime", ""),
        ("Formatting", "", ""),
        ("Runtime", "", ""),
    ];

    [Fact]
    public void Engine_EveryRoom_UsesOnlyTheRoomsItMay()
    {
        var allowed = Rooms.ToDictionary(room => room.Room, room => $"{room.Uses} {room.Upward}".Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(Arrows().Where(arrow => !allowed.GetValueOrDefault(arrow.From, []).Contains(arrow.To)).Select(arrow => $"{arrow.From} may not use {arrow.To}: {arrow.File}"));
    }

    [Fact]
    public void Engine_ArrowsThatAreListed_AreThere()
    {
        HashSet<(string, string)> arrows = [.. Arrows().Select(arrow => (arrow.From, arrow.To))];
        Assert.Empty(
            from room in Rooms
            from used in $"{room.Uses} {room.Upward}".Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where !arrows.Contains((room.Room, used))
            select $"{room.Room} no longer uses {used}: take the arrow away");
    }

    [Fact]
    public void Engine_Arrows_PointDownUnlessTheyAreMarked()
    {
        string[] order = [.. Rooms.Select(room => room.Room)];
        Assert.Empty(
            from room in Rooms
            from used in room.Uses.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where Array.IndexOf(order, used) <= Array.IndexOf(order, room.Room)
            select $"{room.Room} stands below {used}");
    }

    private static IEnumerable<(string From, string To, string File)> Arrows()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "DistillStudio.sln")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        string engine = Path.Combine(root, "DistillStudio.Engine");
        return
            from file in Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories)
            let parts = Path.GetRelativePath(engine, file).Split(Path.DirectorySeparatorChar)
            where parts.Length > 1 && parts[0] is not ("bin" or "obj")
            from Match match in UsedRoom().Matches(File.ReadAllText(file))
            where match.Groups[1].Value != parts[0]
            select (parts[0], match.Groups[1].Value, string.Join('/', parts));
    }

    [GeneratedRegex(@"^using (?:static |\w+ = )?DistillStudio\.Engine\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsedRoom();
}
