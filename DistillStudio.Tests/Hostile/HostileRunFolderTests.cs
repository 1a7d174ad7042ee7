using System.Net;
using System.Text.Json;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Hostile;

/// <summary>Run folders that came from elsewhere, put under <c>runs/</c> of a studio that is open.</summary>
[Collection(nameof(AttackedStudio))]
public sealed class HostileRunFolderTests(AttackedStudio studio)
{
    private static readonly Dictionary<string, Action<string, AttackedStudio>> Unreadable = new()
    {
        ["settings are a pipe"] = (folder, _) => { File.Delete(Path.Combine(folder, "spec.json")); NamedPipe.Make(Path.Combine(folder, "spec.json")); },
        ["settings of a terabyte"] = (folder, _) => { using FileStream file = File.Create(Path.Combine(folder, "spec.json")); file.SetLength(1L << 40); },
        ["settings are no JSON"] = (folder, _) => File.WriteAllText(Path.Combine(folder, "spec.json"), "<html>"),
        ["settings without a dataset"] = (folder, _) =>
            File.WriteAllText(Path.Combine(folder, "spec.json"), "{\"from_pretrained\":\"demo\"}"),
        ["settings whose dataset is null"] = (folder, _) =>
            File.WriteAllText(Path.Combine(folder, "spec.json"), "{\"dataset\":null,\"from_pretrained\":\"demo\"}"),
        ["settings with a type to make"] = (folder, _) =>
            File.WriteAllText(Path.Combine(folder, "spec.json"), "{\"dataset\":{\"$type\":\"x\"},\"from_pretrained\":\"demo\"}"),
        ["settings link to another's file"] = (folder, s) => { File.Delete(Path.Combine(folder, "spec.json")); File.CreateSymbolicLink(Path.Combine(folder, "spec.json"), s.SecretPath); },
        ["events link to another's file"] = (folder, s) => { File.Delete(Path.Combine(folder, "events.jsonl")); File.CreateSymbolicLink(Path.Combine(folder, "events.jsonl"), s.SecretPath); },
        ["checkpoints link out"] = (folder, s) =>
            Directory.CreateSymbolicLink(Path.Combine(folder, "checkpoints"), Path.GetDirectoryName(s.SecretPath)!),
        ["the model links out"] = (folder, _) => Directory.CreateSymbolicLink(Path.Combine(folder, "model"), "/"),
        ["a link deep inside"] = (folder, s) => File.CreateSymbolicLink(
            Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "checkpoints", "best-000001")).FullName, "config.json"),
            s.SecretPath),
    };

    public static TheoryData<string> UnreadableNames => [.. Unreadable.Keys];

    public static TheoryData<string, string> OddEvents => new()
    {
        { "no text", "\0\0\0\0\n\u00ff\u00fe\n" },
        { "no events", "{}\n[]\nnull\n5\n\"x\"\n{\"event\":\"progressed\"}\n{\"event\":null}\n" },
        { "steps beyond all", Progress("2147483647") + Progress("-2147483648") + Progress("0") },
        {
            "losses that are no numbers",
            Progress("1", "\"NaN\"") + Progress("2", "\"Infinity\"") + Progress("3", "\"-Infinity\"") + Progress("4", "1e308")
        },
        { "times at the ends of time", At("0001-01-01T00:00:00Z") + At("9999-12-31T23:59:59Z") + At("0001-01-01T00:00:00+14:00") },
        { "numbers that go back", Numbered(5) + Numbered(5) + Numbered(-1) + Numbered(long.MaxValue) + Numbered(1) },
        {
            "evaluations beyond all",
            "{\"event\":\"evaluated\",\"number\":1,\"time\":\"2026-01-01T00:00:00Z\",\"step\":-5,\"split\":\"valid\",\"weights\":\"=1+1\",\"accuracy\":1e300,\"correct\":-1,\"rows\":0,\"labelLoss\":\"NaN\",\"rationaleLoss\":null,\"loss\":\"NaN\",\"seconds\":-1}\n"
        },
        {
            "samples that are null",
            "{\"event\":\"sampled\",\"number\":1,\"time\":\"2026-01-01T00:00:00Z\",\"step\":1,\"samples\":[null]}\n{\"event\":\"sampled\",\"number\":2,\"time\":\"2026-01-01T00:00:00Z\",\"step\":1,\"samples\":null}\n"
        },
        { "a type to make", "{\"$type\":\"System.Diagnostics.Process\",\"event\":\"paused\",\"number\":1,\"step\":1}\n" },
        { "a line of 20 MB", new string('x', 20 << 20) + "\n" + Progress("1") },
        {
            "a model that lies elsewhere",
            "{\"event\":\"finished\",\"number\":1,\"time\":\"2026-01-01T00:00:00Z\",\"step\":1,\"test\":null,\"testBest\":null,\"testLast\":null,\"bestValidAccuracy\":null,\"model\":\"/etc\",\"seconds\":1}\n"
        },
    };

    public static TheoryData<string> OddNames =>
    [
        "<script>alert(1)<_script>", "quote\";filename=evil.html", "line\nbreak", "tab\tname", "%2e%2e", "..name", "con", "üñîçødé", "a b",
        "=1+1", "semi;colon", new string('n', 200), "?query#part", "\u202Ecsv.exe",
    ];

    [Theory]
    [MemberData(nameof(UnreadableNames))]
    public async Task Folder_MadeToHarm_IsShownAsUnreadable(string name)
    {
        string folder = NewRun($"bad-{Guid.NewGuid():N}", "", f => Unreadable[name](f, studio));
        string id = Path.GetFileName(folder);

        await Eventually.Holds(() => studio.History.Unreadable.Any(run => run.Id == id));
        string problem = studio.History.Unreadable.First(run => run.Id == id).Problem;
        Assert.Contains(folder, problem, StringComparison.Ordinal);
        Assert.DoesNotContain(AttackedStudio.Secret, problem, StringComparison.Ordinal);
        Assert.Null(studio.History.Find(id));
        await studio.AssertUnharmedAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Folder_ThatLinksOut_IsShownAsUnreadableAndStays()
    {
        string id = $"link-{Guid.NewGuid():N}";
        string elsewhere = NewRun($".elsewhere-{id}", Progress("1"), _ => { }, under: studio.Home.Datasets);
        Directory.CreateSymbolicLink(Path.Combine(studio.Home.Runs, id), elsewhere);

        await Eventually.Holds(() => studio.History.Unreadable.Any(run => run.Id == id));

        Assert.Null(studio.History.Find(id));
        Assert.Equal(
            Progress("1"), await File.ReadAllTextAsync(Path.Combine(elsewhere, "events.jsonl"), TestContext.Current.CancellationToken));
        Directory.Delete(Path.Combine(studio.Home.Runs, id));
    }

    [Theory]
    [MemberData(nameof(OddEvents))]
    public async Task Events_MadeToHarm_LeaveEveryViewOfTheRunStanding(string name, string events)
    {
        Assert.NotEmpty(name);
        string id = Path.GetFileName(NewRun($"odd-{Guid.NewGuid():N}", events, _ => { }));
        await Eventually.Holds(() => studio.History.Find(id) is { } run && !run.State.IsActive());

        IReadOnlyList<Curve> curves = studio.History.Series(id, new SeriesRequest(Metric.All, Axis.Seconds, Smoothing: 0.5)).Curves;
        Assert.Equal(Metric.All.Count, curves.Count);
        _ = studio.History.Log(id);
        foreach (int step in studio.History.SampleSteps(id))
        {
            _ = studio.History.Samples(id, step);
        }

        using var client = new HttpClient { BaseAddress = studio.Address };
        foreach (string file in new[] { "metrics.csv", "evaluations.csv", "metrics.json", "events.jsonl" })
        {
            string text = await client.GetStringAsync($"/runs/{id}/{file}", TestContext.Current.CancellationToken);
            Assert.DoesNotContain(",=1+1", text, StringComparison.Ordinal);
        }

        await studio.AssertUnharmedAsync();
    }

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task Folder_OfAnOddName_IsServedUnderItAndNowhereElse(string name)
    {
        string id = Path.GetFileName(NewRun(name, Progress("1"), _ => { }));
        await Eventually.Holds(() => studio.History.Find(id) is { } run && !run.State.IsActive());
        using var client = new HttpClient { BaseAddress = studio.Address };

        using HttpResponseMessage answer = await client.GetAsync(
            $"/runs/{Uri.EscapeDataString(id)}/metrics.csv", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        string? file = answer.Content.Headers.ContentDisposition.FileNameStar ?? answer.Content.Headers.ContentDisposition.FileName;
        Assert.EndsWith("-metrics.csv", file!.Trim('"'), StringComparison.Ordinal);
        await studio.AssertUnharmedAsync();
        Directory.Delete(Path.Combine(studio.Home.Runs, id), recursive: true);
    }

    private string NewRun(string name, string events, Action<string> spoil, string? under = null)
    {
        // Made beside, then moved: the studio sees it whole.
        string making = AttackedStudio.NewFolder(studio.Home.Models);
        File.WriteAllText(Path.Combine(making, "spec.json"), JsonSerializer.Serialize(RunScript.Spec(5), EngineJson.Spec));
        File.WriteAllText(Path.Combine(making, "events.jsonl"), events, System.Text.Encoding.Latin1);
        spoil(making);
        string folder = Path.Combine(under ?? studio.Home.Runs, name);
        Directory.Move(making, folder);
        return folder;
    }

    private static string Progress(string step, string loss = "1.5") => Event(step, loss, 1, "2026-01-01T00:00:00Z");

    private static string At(string time) => Event("1", "1.5", 1, time);

    private static string Numbered(long number) => Event("1", "1.5", number, "2026-01-01T00:00:00Z");

    private static string Event(string step, string loss, long number, string time) =>
        $"{{\"event\":\"progressed\",\"number\":{number},\"time\":\"{time}\",\"step\":{step},\"labelLoss\":{loss},\"rationaleLoss\":{loss},\"loss\":{loss},\"learningRate\":{loss},\"gradientNorm\":{loss},\"examples\":{step},\"epoch\":{loss},\"seconds\":{loss},\"tokens\":-1,\"memoryBytes\":9223372036854775807}}\n";
}
