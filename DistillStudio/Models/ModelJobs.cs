using DistillStudio.Configuration;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Models;

/// <summary>One model that is being got, imported or pushed, as it stands.</summary>
/// <param name="Name">The model's name in the home, or at the hub it is pushed to.</param>
public sealed record ModelJob(string Name, BackgroundJobState State, string Text, double? Share) : BackgroundJob(Name, State, Text, Share)
{
    /// <summary>The outcome of a push.</summary>
    public PushedModel? Pushed { get; init; }
}

/// <summary>Gets, imports and pushes models beside the pages.</summary>
public sealed class ModelJobs(StudioHome home, PublishedSources sources, ILogger<ModelJobs> log) : BackgroundJobs<ModelJob>(log)
{
    private readonly HttpClient _client = Downloader.CreateClient();

    /// <summary>Starts to get a model from the hub.</summary>
    /// <exception cref="InputException">The name or the hub's address is none, or a job of that name runs already.</exception>
    public void Get(string name, string revision)
    {
        HubAddress hub = sources.Hub();
        Begin(
            name,
            _ => { },
            async (tell, stop) =>
            {
                BroughtModel got = await new ModelGetter(new(_client), hub, home).GetAsync(
                    name, revision, progress => tell(progress.Text, progress.Share), stop);
                return Done(got);
            },
            "Cancelled; what came is kept, and getting it again resumes there.");
    }

    /// <summary>Starts to import a model.</summary>
    /// <param name="name">Its name in the home.</param>
    /// <param name="ended">Called when it has ended.</param>
    /// <exception cref="InputException">A job of that name runs already.</exception>
    public void Import(string source, string name, Action ended) => Begin(
        name,
        _ => ended(),
        (tell, stop) => Task.FromResult(
            Done(new ModelImporter(home).Import(source, name, progress => tell(progress.Text, progress.Share), stop))));

    /// <summary>Starts to push a run's model to the hub.</summary>
    /// <param name="name">Its name there: <c>owner/name</c>.</param>
    /// <exception cref="InputException">The run has no model, the hub's address is none, or a job of that name runs already.</exception>
    public void Push(RunSummary run, string name, bool isPrivate)
    {
        HubAddress hub = sources.Hub();
        Begin(
            name,
            _ => { },
            async (tell, stop) =>
            {
                ModelPush push = TrainedModel.Of(run, home).PushTo(name, isPrivate);
                PushedModel pushed = await new ModelPusher(_client, hub).PushAsync(
                    push, progress => tell(progress.Text, progress.Share), stop);
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
