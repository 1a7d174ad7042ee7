using DistillStudio.Configuration;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Models;

/// <summary>The state of a download, import or push of a model.</summary>
/// <param name="Name">The model's name in the home, or on the hub to which it is pushed.</param>
public sealed record ModelJob(string Name, BackgroundJobState State, string Text, double? Share) : BackgroundJob(Name, State, Text, Share)
{
    /// <summary>The outcome of a push.</summary>
    public PushedModel? Pushed { get; init; }
}

/// <summary>Gets, imports and pushes models in the background.</summary>
public sealed class ModelJobs(StudioHome home, PublishedSources sources, ILogger<ModelJobs> log) : BackgroundJobs<ModelJob>(log)
{
    private readonly HttpClient _client = Downloader.CreateClient();

    /// <summary>Starts to get a model from the hub.</summary>
    /// <exception cref="InputException">The name or the hub's address is invalid, or a job of that name is already running.</exception>
    public void Get(string name, string revision)
    {
        HubAddress hub = sources.Hub();
        Begin(
            name,
            _ => { },
            async (show, stop) =>
            {
                BroughtModel got = await new ModelGetter(new(_client), hub, home).GetAsync(
                    name, revision, progress => show(progress.Text, progress.Share, progress.Waiting is not null), stop);
                return Done(got);
            },
            BackgroundJob.CancelledDownload);
    }

    /// <summary>Starts to import a model.</summary>
    /// <param name="name">Its name in the home.</param>
    /// <param name="ended">Called when it has ended.</param>
    /// <exception cref="InputException">A job of that name is already running.</exception>
    public void Import(string source, string name, Action ended) => Begin(
        name,
        _ => ended(),
        (show, stop) => Task.FromResult(
            Done(new ModelImporter(home).Import(source, name, progress => show(progress.Text, progress.Share), stop))));

    /// <summary>Starts to push a run's model to the hub.</summary>
    /// <param name="name">Its name there: <c>owner/name</c>.</param>
    /// <exception cref="InputException">The run has no model, the hub's address is invalid, or a job of that name exists.</exception>
    public void Push(RunSummary run, string name, bool isPrivate)
    {
        HubAddress hub = sources.Hub();
        Begin(
            name,
            _ => { },
            async (show, stop) =>
            {
                ModelPush push = TrainedModel.Of(run, home).PushTo(name, isPrivate);
                PushedModel pushed = await new ModelPusher(_client, hub).PushAsync(
                    push, progress => show(progress.Text, progress.Share), stop);
                return new(name, BackgroundJobState.Done, $"Published at {pushed.Page} in commit {pushed.Commit}.", 1) { Pushed = pushed };
            },
            "Cancelled; nothing was published.");
    }

    protected override ModelJob Create(string name, BackgroundJobState state, string text, double? share) => new(name, state, text, share);

    protected override void Dispose(bool disposing)
    {
        _client.Dispose();
        base.Dispose(disposing);
    }

    private static ModelJob Done(BroughtModel got) =>
        new(got.Name, BackgroundJobState.Done, $"{got.Name} is here: {Format.Count(got.Info.Parameters)} parameters, "
            + $"{ByteSize.Format(got.Origin.Files.Sum(file => file.Bytes))}.", 1);
}
