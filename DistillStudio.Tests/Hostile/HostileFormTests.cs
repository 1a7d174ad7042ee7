using System.Text;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Hostile;

/// <summary>What a form, or a settings file that someone sent, may hold.</summary>
[Collection(nameof(AttackedStudio))]
public sealed class HostileFormTests(AttackedStudio studio)
{
    private static readonly Dictionary<string, Func<RunSpec, RunSpec>> Specs = new()
    {
        ["dataset that leads out"] = s => s with { Dataset = "../../secret" },
        ["dataset by an absolute path"] = s => s with { Dataset = "/etc/passwd" },
        ["dataset with a backslash"] = s => s with { Dataset = "..\\..\\secret" },
        ["dataset with a null byte"] = s => s with { Dataset = "demo\0" },
        ["dataset of a device"] = s => s with { Dataset = "CON" },
        ["dataset of 300 characters"] = s => s with { Dataset = new string('a', 300) },
        ["dataset, empty"] = s => s with { Dataset = "" },
        ["dataset with markup"] = s => s with { Dataset = "<script>alert(1)</script>" },
        ["teacher that leads out"] = s => s with { Teacher = "../../secret" },
        ["teacher by an absolute path"] = s => s with { Teacher = "/proc/self" },
        ["teacher with a null byte"] = s => s with { Teacher = "palm\0" },
        ["teacher of 300 characters"] = s => s with { Teacher = new string('a', 300) },
        ["teacher of dots"] = s => s with { Teacher = ".." },
        ["model with a null byte"] = s => s with { FromPretrained = "demo\0/etc" },
        ["model, empty"] = s => s with { FromPretrained = "" },
        ["data folder with a null byte"] = s => s with { DataDir = "/data\0" },
        ["data folder, blank"] = s => s with { DataDir = " " },
        ["method unknown"] = s => s with { Method = "../standard" },
        ["device that is a path"] = s => s with { Device = "/dev/zero" },
        ["device number beyond all"] = s => s with { Device = "cuda:99999999999" },
        ["alpha no number"] = s => s with { Alpha = double.NaN },
        ["alpha infinite"] = s => s with { Alpha = double.PositiveInfinity },
        ["rate beyond all"] = s => s with { LearningRate = double.MaxValue },
        ["steps below zero"] = s => s with { MaxSteps = int.MinValue },
        ["batch beyond all"] = s => s with { BatchSize = int.MaxValue },
        ["answer beyond all"] = s => s with { GenMaxLen = int.MaxValue },
        ["threads beyond all"] = s => s with { Threads = int.MaxValue },
        ["seed below zero"] = s => s with { Seed = -1 },
        ["optimiser by number"] = s => s with { OptimizerName = (OptimizerName)99 },
        ["start by number"] = s => s with { Init = (ModelInit)99 },
        ["name of two lines"] = s => s with { Name = "a\nb" },
        ["name of 300 characters"] = s => s with { Name = new string('a', 300) },
    };

    public static TheoryData<string> SpecNames => [.. Specs.Keys];

    public static TheoryData<string, string> SpecFiles => new()
    {
        { "empty", "" },
        { "null", "null" },
        { "a list", "[]" },
        { "a text", "\"demo\"" },
        { "no JSON", "<html>" },
        { "truncated", "{\"dataset\":\"demo\"" },
        { "nothing in it", "{}" },
        { "no model", "{\"dataset\":\"demo\"}" },
        { "dataset null", "{\"dataset\":null,\"from_pretrained\":\"demo\"}" },
        { "model null", "{\"dataset\":\"demo\",\"from_pretrained\":null}" },
        { "method null", "{\"dataset\":\"demo\",\"from_pretrained\":\"demo\",\"model_type\":null}" },
        { "device null", "{\"dataset\":\"demo\",\"from_pretrained\":\"demo\",\"device\":null}" },
        { "dataset a number", "{\"dataset\":5,\"from_pretrained\":\"demo\"}" },
        { "dataset an object", "{\"dataset\":{\"$type\":\"System.Diagnostics.Process\"},\"from_pretrained\":\"demo\"}" },
        { "steps a text", "{\"dataset\":\"demo\",\"from_pretrained\":\"demo\",\"max_steps\":\"many\"}" },
        { "steps beyond all", "{\"dataset\":\"demo\",\"from_pretrained\":\"demo\",\"max_steps\":99999999999}" },
        { "steps a fraction", "{\"dataset\":\"demo\",\"from_pretrained\":\"demo\",\"max_steps\":1.5}" },
        { "an unknown label source", "{\"dataset\":\"demo\",\"from_pretrained\":\"demo\",\"label_type\":\"root\"}" },
        { "half a surrogate", "{\"dataset\":\"\\ud800\",\"from_pretrained\":\"demo\"}" },
        { "too deep", new string('[', 5000) },
        { "not UTF-8", "{\"dataset\":\"\u00ff\u00fe\",\"from_pretrained\":\"demo\"}" },
        { "a null byte", "{\"dataset\":\"demo\"\0}" },
    };

    public static TheoryData<string> Ids => ["", "..", "../../secret.txt", "/etc/passwd", "x\0", "CON", new string('a', 300), "<script>"];

    [Theory]
    [MemberData(nameof(SpecNames))]
    public async Task Launch_OfWhatCannotBe_IsRefusedAndMakesNoFolder(string name)
    {
        string[] before = Directory.GetFileSystemEntries(studio.Home.Runs);

        InputException refusal = Assert.Throws<InputException>(() => studio.Manager.Launch(Specs[name](RunScript.Spec(5))));

        Assert.All(refusal.Problems, problem => Assert.StartsWith("--", problem, StringComparison.Ordinal));
        Assert.Equal(before, Directory.GetFileSystemEntries(studio.Home.Runs));
        await studio.AssertUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(SpecFiles))]
    public void SpecFile_ThatIsNone_IsRefusedInOneSentence(string name, string content)
    {
        Assert.NotEmpty(name);
        InputException refusal = Assert.Throws<InputException>(() => LaunchSources.Read("spec.json", Encoding.Latin1.GetBytes(content)));

        Assert.StartsWith("spec.json is not a run's spec.json: ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("DistillStudio.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SpecFile_OfAnotherRun_IsRead() => // so that the table above does not pass for want of any that is
        Assert.Equal(
            "demo",
            LaunchSources.Read("spec.json", "{\"dataset\":\"demo\",\"from_pretrained\":\"demo\",\"unknown\":1}"u8.ToArray()).Dataset);

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Desk_ForARunThatCannotBe_RefusesEverything(string id)
    {
        foreach (Action<string> act in new Action<string>[]
        {
            run => studio.Manager.Clone(run), studio.Manager.Pause, studio.Manager.Resume, run => studio.Manager.Cancel(run),
            run => studio.Manager.Delete([run]), run => studio.Manager.Undelete([run]),
            run => studio.Manager.Rename(run, "name"), run => studio.Manager.SetTags(run, ["tag"]),
            run => studio.Manager.SetNotes(run, "notes"),
        })
        {
            Assert.Throws<InputException>(() => act(id));
        }

        await studio.AssertUnharmedAsync();
    }

    [Fact]
    public void Desk_TextsBeyondTheirLimit_AreRefused()
    {
        foreach (Action<string> act in new Action<string>[]
        {
            run => studio.Manager.Rename(run, new string('a', 300)), run => studio.Manager.Rename(run, "a\u001b[31mb"),
            run => studio.Manager.SetTags(run, [new string('a', 300)]),
            run => studio.Manager.SetTags(run, ["a\nb"]),
            run => studio.Manager.SetTags(run, [.. Enumerable.Range(0, 100).Select(i => $"tag{i}")]),
            run => studio.Manager.SetNotes(run, new string('a', 1_000_000)),
        })
        {
            Assert.Throws<InputException>(() => act(studio.RunId));
        }
    }
}
