using System.Collections.Concurrent;
using System.Text.Json;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Live;
using DistillStudio.Tests.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Live;

public sealed class RunHubTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StreamEvents_OfARunningRun_YieldsEveryEventAsInItsFileAndEndsWithIt()
    {
        await using WebApplication app = await StartAsync(new ScriptedExecutor());
        string id = app.Services.GetRequiredService<IRunDesk>().Launch(RunScript.Spec(300));
        await using HubConnection connection = await ConnectAsync(StudioHost.AddressOf(app));

        List<string> lines = [];
        await foreach (JsonElement line in connection.StreamAsync<JsonElement>(nameof(RunHub.StreamEvents), id, 1L, Cancel))
        {
            lines.Add(line.GetRawText());
        }

        string file = Path.Combine(app.Services.GetRequiredService<IRunHistory>().Find(id)!.Folder, "events.jsonl");
        Assert.Equal(File.ReadAllLines(file).Select(Normal), lines.Select(Normal));
        Assert.Contains("\"event\":\"started\"", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamEvents_FromANumber_BeginsThere()
    {
        await using WebApplication app = await StartAsync(new ScriptedExecutor { StepTime = TimeSpan.Zero });
        string id = app.Services.GetRequiredService<IRunDesk>().Launch(RunScript.Spec(5000));
        await Eventually.Holds(() => app.Services.GetRequiredService<IRunHistory>().Find(id)!.State == RunState.Finished);
        await using HubConnection connection = await ConnectAsync(StudioHost.AddressOf(app));

        List<RunEvent> events = [];
        await foreach (RunEvent happened in connection.StreamAsync<RunEvent>(nameof(RunHub.StreamEvents), id, 1234L, Cancel))
        {
            events.Add(happened);
        }

        Assert.Equal(Enumerable.Range(1234, events.Count).Select(i => (long)i), events.Select(e => e.Number));
        Assert.Equal(5000, Assert.IsType<Finished>(events[^1]).Step);
    }

    [Fact]
    public async Task StreamEvents_UnknownRun_IsRefusedWithASentence()
    {
        await using WebApplication app = await StartAsync(new ScriptedExecutor());
        await using HubConnection connection = await ConnectAsync(StudioHost.AddressOf(app));

        var refusal = await Assert.ThrowsAsync<HubException>(async () =>
        {
            await foreach (RunEvent happened in connection.StreamAsync<RunEvent>(nameof(RunHub.StreamEvents), "nothing", 1L, Cancel))
            {
                Assert.Fail($"{happened}");
            }
        });
        Assert.Contains("There is no run nothing", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamEvents_ServerRestartsInTheMiddle_AClientThatAsksAgainMissesNothing()
    {
        const int Steps = 1500;
        WebApplication app = await StartAsync(new ScriptedExecutor());
        string address = StudioHost.AddressOf(app);
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(Steps), RunScript.Start);
        // The run is trained elsewhere, so it goes on while the studio is away.
        Task training = Task.Run(() =>
        {
            using var recorder = new RunRecorder(folder.EventsPath, [], TimeProvider.System);
            foreach (RunEvent happened in RunScript.Whole(RunScript.Spec(Steps)))
            {
                recorder.Record(happened);
                Thread.Sleep(2);
            }
        }, Cancel);
        await Eventually.Holds(() => app.Services.GetRequiredService<IRunHistory>().Find(folder.Id) is not null);

        ConcurrentQueue<long> numbers = [];
        Task listening = ListenAsync(address, folder.Id, numbers);
        await Eventually.Holds(() => numbers.Count > 100);
        await app.StopAsync(Cancel);
        await app.DisposeAsync();
        Assert.False(training.IsCompleted);
        app = await StartAsync(new ScriptedExecutor(), address);

        await listening.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        await training;
        await app.DisposeAsync();
        int events = RunScript.Whole(RunScript.Spec(Steps)).Count();
        Assert.Equal(Enumerable.Range(1, events).Select(i => (long)i), numbers);
    }

    /// <summary>What a program does: ask from the number after the last it saw, and again when the connection is lost, until the run has ended.</summary>
    private static async Task ListenAsync(string address, string runId, ConcurrentQueue<long> numbers)
    {
        long last = 0;
        while (true)
        {
            try
            {
                await using HubConnection connection = await ConnectAsync(address);
                await foreach (RunEvent happened in connection.StreamAsync<RunEvent>(nameof(RunHub.StreamEvents), runId, last + 1, Cancel))
                {
                    last = happened.Number;
                    numbers.Enqueue(last);
                }

                return;
            }
            catch (Exception e) when (e is HttpRequestException or HubException or IOException or OperationCanceledException or InvalidOperationException or System.Net.WebSockets.WebSocketException)
            {
                await Task.Delay(50, Cancel);
            }
        }
    }

    private static async Task<HubConnection> ConnectAsync(string address)
    {
        HubConnection connection = new HubConnectionBuilder()
            .WithUrl(address + RunHub.Path)
            .AddJsonProtocol(json => json.PayloadSerializerOptions = new(EngineJson.Events) { Converters = { new RunEventConverter() } })
            .Build();
        await connection.StartAsync(Cancel);
        return connection;
    }

    private static string Normal(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, EngineJson.Events);

    private async Task<WebApplication> StartAsync(ScriptedExecutor executor, string address = "http://127.0.0.1:0")
    {
        WebApplication app = StudioHost.Build(new StudioOptions
        {
            Home = _folder.Home,
            Urls = [address],
            Services = services => services.AddSingleton<IRunExecutor>(executor),
        });
        await app.StartAsync(Cancel);
        return app;
    }
}
