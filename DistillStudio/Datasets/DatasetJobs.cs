using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Jobs;

namespace DistillStudio.Datasets;

/// <summary>Imports and downloads datasets in the background.</summary>
public sealed class DatasetJobs(StudioHome home, ILogger<DatasetJobs> log) : BackgroundJobs<DatasetJob>(log)
{
    private readonly HttpClient _client = Downloader.CreateClient();

    /// <summary>Starts an import.</summary>
    /// <param name="acceptsRejected">True to import although many rows are rejected.</param>
    /// <param name="ended">Called with the outcome before the pages are notified.</param>
    /// <exception cref="InputException">A job of that name is already running.</exception>
    public void Import(ImportRequest request, bool acceptsRejected, Action<DatasetJob> ended) =>
        Begin(request.Name, ended, async (show, stop) =>
    {
        ImportResult result = await DatasetImporter.ImportAsync(
            request,
            _ => acceptsRejected,
            progress => show($"{progress.Rows:N0} rows read", progress.Total == 0 ? null : (double)progress.Bytes / progress.Total),
            stop);
        return new(request.Name, BackgroundJobState.Done, $"{result.Rows:N0} rows imported", 1) { Imported = result };
    });

    /// <summary>Starts a download.</summary>
    /// <param name="source">As for <see cref="DatasetGetter.GetAsync"/>.</param>
    /// <exception cref="InputException">A job of that name is already running.</exception>
    public void Get(string name, string source) => Begin(name, _ => { }, async (show, stop) =>
    {
        GetResult result = await new DatasetGetter(new Downloader(_client)).GetAsync(
            name, home.Datasets, source, sha256: null,
            progress => show(progress.Text, progress.Share, progress.Data.Waiting is not null), stop);
        return new(name, BackgroundJobState.Done, $"{result.Splits.Values.Sum():N0} rows", 1) { Got = result };
    }, BackgroundJob.CancelledDownload);

    protected override DatasetJob Create(string name, BackgroundJobState state, string text, double? share) =>
        new(name, state, text, share);

    protected override DatasetJob Explain(DatasetJob failed, Exception e) =>
        failed with { Imported = (e as TooManyRejectedException)?.Result };

    protected override void Dispose(bool disposing)
    {
        _client.Dispose();
        base.Dispose(disposing);
    }
}
