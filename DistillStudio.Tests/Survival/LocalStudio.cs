using DistillStudio.Configuration;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DistillStudio.Tests.Survival;

/// <summary>The whole studio in the test's own process, with real training.</summary>
internal sealed class LocalStudio : IAsyncDisposable
{
    private readonly RunningStudio _studio;
    private readonly HttpClient _client;

    private LocalStudio(RunningStudio studio)
    {
        _studio = studio;
        _client = new HttpClient { BaseAddress = new Uri(Address) };
    }

    public string Address => _studio.Address;

    public IRunManager Manager => _studio.Manager;

    public RunHistory History => _studio.Services.GetRequiredService<RunHistory>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<LocalStudio> StartAsync(StudioHome home, TimeProvider? time = null) =>
        new(await RunningStudio.StartAsync(new StudioOptions
        {
            Home = home,
            Urls = [StudioOptions.AddressOf(0)],
            Services = services => services.Replace(ServiceDescriptor.Singleton(time ?? TimeProvider.System)),
        }));

    public RunSummary Run(string id) => History.Find(id)!;

    public RunFolder Folder(string id) => RunFolder.Open(Run(id).Folder);

    public Task ReachesAsync(string id, int step) => Until(id, run => run.Step >= step || run.State.HasEnded());

    public Task EndsAsync(string id) => Until(id, run => run.State.HasEnded());

    /// <summary>It still answers, and a run launched now runs to its end.</summary>
    public async Task<string> ContinuesAsync()
    {
        using HttpResponseMessage page = await _client.GetAsync("/", Cancel);
        Assert.True(page.IsSuccessStatusCode);
        string next = Manager.Launch(QueuedRun.Short with { MaxSteps = 10 });
        await EndsAsync(next);
        Assert.Equal(RunState.Finished, Run(next).State);
        return "page answers, next run finished";
    }

    /// <summary>Resumes and waits for the end.</summary>
    public async Task<string> FinishesAsync(string id)
    {
        Manager.Resume(id);
        await Until(id, run => run.State is RunState.Running or RunState.Finished);
        await EndsAsync(id);
        Assert.True(Run(id).State == RunState.Finished, Run(id).Failure?.Message);
        Assert.Equal(
            Enumerable.Range(1, Run(id).Spec.MaxSteps), RunFiles.Events(Folder(id).Path).OfType<StepCompleted>().Select(p => p.Step));
        return $"resumed at step {Run(id).Resumes[^1].Step}, finished with every step once";
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _studio.DisposeAsync();
    }

    private Task Until(string id, Func<RunSummary, bool> holds) => Eventually.Holds(() => holds(Run(id)), TimeSpan.FromMinutes(2));
}
