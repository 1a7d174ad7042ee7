using System.Net;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Hosting;

public sealed class ReportDownloadsTests : IDisposable
{
    private readonly StudyHome _home = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Downloads_OfARunAComparisonAndAStudy_AreFilesInBothFormats()
    {
        Study study = new StudyStore(_home.Home).Create(StudyHome.Pair(1), RunScript.Start);
        RunFolder[] runs = [_home.Finish(study, 0, 0, 0.5), _home.Finish(study, 1, 0, 0.7)];
        await using RunningStudio studio = await RunningStudio.StartAsync(_home.Home);
        await Eventually.Holds(() => runs.All(run => studio.History.Find(run.Id)?.Result is not null));
        using var client = new HttpClient();
        string compare = $"compare/report.html?runs={runs[0].Id},{runs[1].Id}&base={runs[1].Id}&margin=0.03";
        foreach ((string address, string title, string file) in new[]
        {
            ($"runs/{runs[0].Id}/report.html", "<h1>Run: ", $"{runs[0].Id}-report.html"),
            (compare, "<h1>Comparison: ", $"{runs[1].Id}-comparison.html"),
            ($"studies/{study.Id}/report.html", "<h1>Study: pair</h1>", $"{study.Id}-report.html"),
        })
        {
            using HttpResponseMessage page = await client.GetAsync(new Uri($"{studio.Address}/{address}"), Cancel);
            using HttpResponseMessage zip = await client.GetAsync(
                new Uri($"{studio.Address}/{address.Replace(".html", ".zip", StringComparison.Ordinal)}"),
                Cancel);

            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Contains(title, await page.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            Assert.Equal("attachment", page.Content.Headers.ContentDisposition!.DispositionType);
            Assert.Equal(file, page.Content.Headers.ContentDisposition.FileName);
            Assert.Equal("application/zip", zip.Content.Headers.ContentType!.MediaType);
            Assert.Equal("PK"u8.ToArray(), (await zip.Content.ReadAsByteArrayAsync(Cancel))[..2]);
        }

        Assert.Contains(
            "within 3 points",
            await client.GetStringAsync(new Uri($"{studio.Address}/{compare}"), Cancel),
            StringComparison.Ordinal);
        string[] absent = ["runs/none", "compare", "studies/none", "studies/..%2F..%2Fx"];
        foreach (string missing in absent.Select(page => $"{page}/report.html").Append("compare/report.zip?runs=a,b"))
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri($"{studio.Address}/{missing}"), Cancel);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Fact]
    public async Task Downloads_StudyWhoseFileIsDamaged_SayWhy()
    {
        Study study = new StudyStore(_home.Home).Create(StudyHome.Pair(1), RunScript.Start);
        _home.Write($"studies/{study.Id}/study.json", "{");
        await using RunningStudio studio = await RunningStudio.StartAsync(_home.Home);
        using var client = new HttpClient();

        using HttpResponseMessage response = await client.GetAsync(new Uri($"{studio.Address}/studies/{study.Id}/report.html"), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains("study.json, line 1", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }
}
