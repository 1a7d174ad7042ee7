using System.IO.Compression;
using System.Net;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Hosting;

public sealed class ModelDownloadsTests : IDisposable
{
    private readonly DemoTraining _training = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _training.Dispose();

    [Fact]
    public async Task ModelZip_FinishedRun_HoldsTheExportedFilesAndACard()
    {
        RunFolder run = _training.Train(DemoTraining.Short).Folder;
        await using RunningStudio studio = await RunningStudio.StartAsync(new StudioHome(_training.Root));
        await Eventually.Holds(() => studio.History.Find(run.Id) is { EndedAt: not null });
        using var client = new HttpClient { BaseAddress = new Uri(studio.Address) };

        using var zip = new ZipArchive(new MemoryStream(await client.GetByteArrayAsync($"runs/{run.Id}/model.zip", Cancel)));

        string[] names = [.. zip.Entries.Select(entry => Path.GetFileName(entry.FullName))];
        Assert.All(Directory.EnumerateFiles(run.ModelPath), file => Assert.Contains(Path.GetFileName(file), names));
        Assert.Contains("README.md", names);
        ZipArchiveEntry weights = zip.Entries.Single(entry => entry.Name == "model.safetensors");
        using var bytes = new MemoryStream();
        await using Stream content = await weights.OpenAsync(Cancel);
        await content.CopyToAsync(bytes, Cancel);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(run.ModelPath, "model.safetensors"), Cancel), bytes.ToArray());
    }

    [Fact]
    public async Task ModelZip_RunWithoutAModel_ExplainsWhy()
    {
        RunFolder run = RunFiles.Create(
            new StudioHome(_training.Root), DemoTraining.Short, RunScript.Numbered([RunScript.Started(DemoTraining.Short)]));
        await using RunningStudio studio = await RunningStudio.StartAsync(new StudioHome(_training.Root));
        await Eventually.Holds(() => studio.History.Find(run.Id) is not null);
        using var client = new HttpClient { BaseAddress = new Uri(studio.Address) };

        using HttpResponseMessage refused = await client.GetAsync($"runs/{run.Id}/model.zip", Cancel);
        using HttpResponseMessage unknown = await client.GetAsync("runs/nothing/model.zip", Cancel);

        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, HttpStatusCode.NotFound), (refused.StatusCode, unknown.StatusCode));
        Assert.NotEmpty(await refused.Content.ReadAsStringAsync(Cancel));
    }
}
