using System.Text.RegularExpressions;

namespace DistillStudio.Tests.Manual;

/// <summary>
/// The chapter's tables and picture show the rooms of <see cref="ArchitectureTests"/>. To draw the picture anew:
/// <c>DISTILLSTUDIO_WRITE_DOCS=1 dotnet test --project DistillStudio.Tests -c Release --filter-class '*ArchitectureChapterTests'</c>
/// </summary>
public partial class ArchitectureChapterTests
{
    private const string Chapter = $"{ManualFiles.Docs}/architecture.md";
    private const string Picture = $"{ManualFiles.Docs}/images/architecture.svg";

    public static TheoryData<string> Houses => [.. ArchitectureTests.Houses.Select(house => house.Root)];

    [Theory]
    [MemberData(nameof(Houses))]
    public void Table_Rooms_AreThoseOfTheHouseFromTopToBottom(string house)
    {
        IEnumerable<string> rooms =
            ArchitectureTests.Houses.Single(each => each.Root == house).Rooms.Select(room => InTable(room.Name)).Distinct();
        string section = ManualFiles.Read(Chapter).Split($"## Rooms of {house}\n")[1].Split("\n## ")[0];

        IEnumerable<Match> named = FirstCells().Matches(section).SelectMany(row => Names().Matches(row.Value));
        Assert.Equal(rooms, named.Select(name => name.Groups[1].Value));
    }

    [Fact]
    public void Picture_Rooms_AreThoseOfTheHouses()
    {
        string picture = HousePicture.Draw(ArchitectureTests.Houses);
        if (Environment.GetEnvironmentVariable("DISTILLSTUDIO_WRITE_DOCS") == "1")
        {
            File.WriteAllText(ManualFiles.PathOf(Picture), picture);
            return;
        }

        Assert.Equal(picture, ManualFiles.Read(Picture).ReplaceLineEndings("\n"));
    }

    /// <summary>The pages' rooms are one row.</summary>
    private static string InTable(string room) =>
        room.StartsWith("Components.Pages.", StringComparison.Ordinal) ? "Components/Pages" : room.Replace('.', '/');

    [GeneratedRegex("^\\| `[^|]*", RegexOptions.Multiline)]
    private static partial Regex FirstCells();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Names();
}
