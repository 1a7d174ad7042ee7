using System.CommandLine;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>The <c>train</c> command: trains a model and exports it.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("train", "Train a model, evaluate it and export it as a Hugging Face folder.");
        var flags = new TrainFlags(Directory.Exists);
        foreach (Option option in flags.Options)
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            TrainRequest request = flags.Read(parsed);
            using var control = new RunControl();
            using CancellationTokenRegistration registration = stop.Register(control.Cancel);
            Finished? finished = await WatchAsync(request, control, terminal);
            return finished is null ? ExitCodes.Interrupted : ExitCodes.Done;
        });
        return command;
    }

    private static async Task<Finished?> WatchAsync(TrainRequest request, RunControl control, Terminal terminal)
    {
        if (request.IsJson)
        {
            return await DedicatedThread.RunAsync(() => Train(request, new JsonEvents(terminal.Out), control));
        }

        if (!terminal.IsWatched)
        {
            return await DedicatedThread.RunAsync(() => Train(request, new PlainProgress(terminal.Out), control));
        }

        var live = new LiveProgress(terminal.Console);
        return await live.WatchAsync(() => DedicatedThread.RunAsync(() => Train(request, live, control)));
    }

    /// <summary>Writes nothing but a lock beside <c>--out</c> until all input has been validated.</summary>
    private static Finished? Train(TrainRequest request, IRunObserver observer, RunControl control)
    {
        if (request.ModelFolder is null)
        {
            return TrainAlone(request, observer, control);
        }

        HuggingFaceFolder.RequireExportable(request.ModelFolder);
        using IDisposable place = OutputFolder.Take(Path.GetFullPath(request.ModelFolder), request.Resumed?.Path);
        return TrainAlone(request, observer, control);
    }

    private static Finished? TrainAlone(TrainRequest request, IRunObserver observer, RunControl control) =>
        request.Resumed is { } run ? GoOn(request, run, observer, control) : Begin(request, observer, control);

    private static Finished? GoOn(TrainRequest request, RunFolder folder, IRunObserver observer, RunControl control)
    {
        using var recorder = new RunRecorder(folder.EventsPath, [observer], TimeProvider.System);
        using var session = TrainingSession.Open(request.Spec, request.Home);
        RestoredRun restored = new CheckpointStore(folder).Restore(session);
        return new Trainer(session, folder, recorder, control, ModelFolder(request, folder), restored).Run();
    }

    private static Finished? Begin(TrainRequest request, IRunObserver observer, RunControl control)
    {
        using var session = TrainingSession.Open(request.Spec, request.Home);
        var folder = RunFolder.Create(request.Home.Runs, request.Spec, DateTimeOffset.UtcNow, request.IsRecorded);
        using var recorder = new RunRecorder(request.IsRecorded ? folder.EventsPath : null, [observer], TimeProvider.System);
        return new Trainer(session, folder, recorder, control, ModelFolder(request, folder)).Run();
    }

    private static string ModelFolder(TrainRequest request, RunFolder folder) =>
        request.ModelFolder is null ? folder.ModelPath : Path.GetFullPath(request.ModelFolder);
}
