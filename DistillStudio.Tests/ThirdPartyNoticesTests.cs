using System.Text.Json;
using System.Xml.Linq;

namespace DistillStudio.Tests;

/// <summary>The notices of the packages that the published program contains.</summary>
public sealed class ThirdPartyNoticesTests
{
    private const string Name = "THIRD-PARTY-NOTICES.txt";

    private static string Project => Path.Combine(RepositoryFolder.Root, "DistillStudio");

    private static string Notices => File.ReadAllText(Path.Combine(Project, Name));

    [Fact]
    public void Packages_OfTheProgram_AreNamedWithALicenceWhoseTextIsThere()
    {
        using var built = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "DistillStudio.deps.json")));
        string[] packages =
        [
            .. built.RootElement.GetProperty("libraries").EnumerateObject()
                .Where(library => library.Value.GetProperty("type").GetString() == "package").Select(library => library.Name.Split('/')[0]),
        ];
        Dictionary<string, string> licences = Notices.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 2 && packages.Contains(words[0])).DistinctBy(words => words[0])
            .ToDictionary(words => words[0], words => words[1]);

        Assert.Contains("ILGPU", packages);
        Assert.Empty(packages.Except(licences.Keys));
        string[] titles = [.. Notices.Split(new string('=', 100)).Select(part => part.Trim()).Where(part => !part.Contains('\n'))];
        Assert.All(licences.Values.Distinct(), licence => Assert.Contains(
            titles, title => title.StartsWith(licence, StringComparison.Ordinal)));
    }

    /// <summary>Its licence asks for this in what is distributed with binaries.</summary>
    [Fact]
    public void Ilgpu_Notice_IsReproduced() => Assert.Contains(
        "Redistributions in binary form must reproduce the above copyright notice", Notices[Notices.IndexOf(
            "Copyright (c) 2016-2025 ILGPU Project\nAll rights reserved.", StringComparison.Ordinal)..], StringComparison.Ordinal);

    [Fact]
    public void File_Publish_IsBesideTheProgram() => Assert.Contains(
        XDocument.Load(Path.Combine(Project, "DistillStudio.csproj")).Descendants("None"),
        item => item.Attribute("Update")?.Value == Name && item.Attribute("CopyToPublishDirectory")?.Value == "PreserveNewest");
}
