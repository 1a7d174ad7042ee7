using System.CommandLine;
using DistillStudio.Commands.Clusters;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using DistillStudio.TensorBoard;

namespace DistillStudio.Commands;

/// <summary>The <c>train</c> command: trains a model and exports it.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("train", "Train a model, evaluate it and export it as a Hugging Face folder.");
        var flags = new TrainFlags(Directory.Exists);
        var worker = new TrainWorker();
        foreach (Option option in flags.Options.Concat(worker.Options))
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            if (worker.IsMeant(parsed))
            {
                return await DedicatedThread.RunAsync(() => worker.Run(parsed, flags.Home, terminal.Out, stop));
            }

            TrainRequest request = await ReadAsync(flags, parsed, terminal, stop);
            foreach (string remark in request.Remarks)
            {
                await terminal.Error.WriteLineAsync(remark);
            }

            if (request.Profile is { } profile)
            {
                await ClusterLaunch.TrainAsync(request, profile, terminal.Out, stop);
                return ExitCodes.Done;
            }

            using var control = new RunControl();
            using CancellationTokenRegistration registration = stop.Register(control.Cancel);
            if (request.TensorBoard is { } folder)
            {
                LiveTensorBoard.Prepare(folder);
            }

            (Finished? finished, RunFolder run) = await WatchAsync(request, control, terminal);
            if (finished is not null)
            {
                return ExitCodes.Done;
            }

            if (request.IsRecorded)
            {
                await terminal.Error.WriteLineAsync($"Continue with `train --resume {SpecArguments.Quote(run.Path)}`.");
            }

            return ExitCodes.Interrupted;
        });
        return command;
    }

    /// <summary>Reads the flags; offers to get the model if it is missing and nothing else is wrong.</summary>
    private static async Task<TrainRequest> ReadAsync(TrainFlags flags, ParseResult parsed, Terminal terminal, CancellationToken stop)
    {
        try
        {
            return flags.Read(parsed);
        }
        catch (InputException e) when (e.Problems.Count == 1)
        {
            (string? model, string? home) = flags.ReadModel(parsed);
            if (!await ModelOffer.TryGetAsync(terminal, model, new StudioHome(home), stop))
            {
                throw;
            }

            return flags.Read(parsed);
        }
    }

    private static async Task<Outcome> WatchAsync(TrainRequest request, RunControl control, Terminal terminal)
    {
        if (request.IsJson)
        {
            return await DedicatedThread.RunAsync(() => Train(request, new JsonEvents(terminal.Out), control, terminal));
        }

        if (!terminal.IsWatched)
        {
            return await DedicatedThread.RunAsync(() => Train(request, new PlainProgress(terminal.Out), control, terminal));
        }

        var live = new LiveProgress(terminal.Console);
        return await live.WatchAsync(() => DedicatedThread.RunAsync(() => Train(request, live, control, terminal)));
    }

    /// <summary>Writes nothing but a lock beside <c>--out</c> until all input has been validated.</summary>
    private static Outcome Train(TrainRequest request, IRunObserver observer, RunControl control, Terminal terminal)
    {
        if (request.ModelFolder is null)
        {
            return TrainAlone(request, observer, control, terminal);
        }

        HuggingFaceFolder.RequireExportable(request.ModelFolder);
        using IDisposable place = OutputFolder.Take(Path.GetFullPath(request.ModelFolder), request.Resumed?.Path);
        return TrainAlone(request, observer, control, terminal);
    }

    private static Outcome TrainAlone(TrainRequest request, IRunObserver observer, RunControl control, Terminal terminal) =>
        request.Resumed is { } run ? GoOn(request, run, observer, control, terminal) : Begin(request, observer, control, terminal);

    private static Outcome GoOn(TrainRequest request, RunFolder folder, IRunObserver observer, RunControl control, Terminal terminal)
    {
        var checkpoints = new CheckpointStore(folder);
        checkpoints.RequireUnfinished();
        using LiveTensorBoard? curves = Curves(request, folder, terminal);
        using var recorder = new RunRecorder(folder.EventsPath, Observers(observer, curves), TimeProvider.System);
        using var session = TrainingSession.Open(request.Spec, request.Home, begun: recorder.Begin, resumed: folder);
        recorder.Begin(RunPhase.RestoringCheckpoint);
        RestoredRun restored = checkpoints.Restore(session);
        return new(new Trainer(session, folder, recorder, control, ModelFolder(request, folder), restored).Run(), folder);
    }

    private static Outcome Begin(TrainRequest request, IRunObserver observer, RunControl control, Terminal terminal)
    {
        RunFolder folder = request.Branch?.Create(request.Home.Runs, request.Spec, DateTimeOffset.UtcNow)
            ?? RunFolder.Create(request.Home.Runs, request.Spec, DateTimeOffset.UtcNow, request.IsRecorded);
        List<IRunObserver> observers = [observer];
        using var recorder = new RunRecorder(request.IsRecorded ? folder.EventsPath : null, observers, TimeProvider.System);
        using TrainingSession session = OpenNew(request, folder, recorder);
        using LiveTensorBoard? curves = Curves(request, folder, terminal);
        observers.AddRange(Observers(curves));
        RestoredRun? start = request.Branch is null ? null : new CheckpointStore(folder).Restore(session);
        return new(new Trainer(session, folder, recorder, control, ModelFolder(request, folder), start).Run(), folder);
    }

    /// <summary>Reads data and model, which a studio on the same home shows meanwhile. If they are not usable, the run leaves
    /// nothing.</summary>
    private static TrainingSession OpenNew(TrainRequest request, RunFolder folder, RunRecorder recorder)
    {
        try
        {
            return TrainingSession.Open(request.Spec, request.Home, begun: recorder.Begin);
        }
        catch
        {
            recorder.Dispose();
            folder.Discard();
            throw;
        }
    }

    private static LiveTensorBoard? Curves(TrainRequest request, RunFolder folder, Terminal terminal) =>
        request.TensorBoard is { } place ? LiveTensorBoard.Open(place, folder.Id, terminal.Error.WriteLine) : null;

    private static IReadOnlyList<IRunObserver> Observers(params IRunObserver?[] observers) => [.. observers.OfType<IRunObserver>()];

    private static string ModelFolder(TrainRequest request, RunFolder folder) =>
        request.ModelFolder is null ? folder.ModelPath : Path.GetFullPath(request.ModelFolder);

    /// <param name="Finished">Null if the run was interrupted.</param>
    private sealed record Outcome(Finished? Finished, RunFolder Folder);
}
