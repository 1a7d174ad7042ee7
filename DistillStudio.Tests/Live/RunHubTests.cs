using System.Collections.Concurrent;
using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Live;
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
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home, new ScriptedExecutor());
        string id = studio.Manager.Launch(RunScript.Spec(300));
        await using HubConnection connection = await ConnectAsync(studio.Address);

        List<string> lines = [];
        await foreach (JsonElement line in connection.StreamAsync<JsonElement>(nameof(RunHub.StreamEvents), id, 1L, Cancel))
        {
            lines.Add(line.GetRawText());
        }

        string file = Path.Combine(studio.History.Find(id)!.Folder, "events.jsonl");
        Assert.Equal(File.ReadAllLines(file).Select(Normal), lines.Select(Normal));
        Assert.Contains("\"event\":\"started\"", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamEvents_FromANumber_BeginsThere()
    {
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home, new ScriptedExecutor { StepTime = TimeSpan.Zero });
        string id = studio.Manager.Launch(RunScript.Spec(5000));
        await Eventually.Holds(() => studio.History.Find(id)!.State == RunState.Finished);
        await using HubConnection connection = await ConnectAsync(studio.Address);

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
        await using RunningStudio studio = await RunningStudio.StartAsync(_folder.Home, new ScriptedExecutor());
        await using HubConnection connection = await ConnectAsync(studio.Address);

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
        RunningStudio studio = await RunningStudio.StartAsync(_folder.Home, new ScriptedExecutor());
        string address = studio.Address;
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
        await Eventually.Holds(() => studio.History.Find(folder.Id) is not null);

        ConcurrentQueue<long> numbers = [];
        Task listening = ListenAsync(address, folder.Id, numbers);
        await Eventually.Holds(() => numbers.Count > 100 || listening.IsCompleted);
        Assert.False(listening.IsCompleted, listening.Exception?.ToString());
        await studio.DisposeAsync();
        Assert.False(training.IsCompleted);
        studio = await RunningStudio.StartAsync(_folder.Home, new ScriptedExecutor(), address);

        await listening.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        await training;
        await studio.DisposeAsync();
        int events = RunScript.Whole(RunScript.Spec(Steps)).Count();
        Assert.Equal(Enumerable.Range(1, events).Select(i => (long)i), numbers);
    }

    /// <summary>What a program does: ask from the number after the last it saw, and again when the connection is lost, until the run has
    /// ended.</summary>
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
            catch (Exception e) when (
                e is HttpRequestException or HubException or IOException or OperationCanceledException or InvalidOperationException
                    or System.Net.WebSockets.WebSocketException)
            {
                await Task.Delay(50, Cancel);
            }
        }
    }

    private static async Task<HubConnection> ConnectAsync(string address)
    {
        HubConnection connection = new HubConnectionBuilder()
            .WithUrl(address + RunHub.Path)
            .AddJsonProtocol(json => json.PayloadSerializerOptions = EngineJson.Events)
            .Build();
        await connection.StartAsync(Cancel);
        return connection;
    }

    private static string Normal(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, EngineJson.Events);
}
