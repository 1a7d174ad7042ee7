using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using DistillStudio.Cluster;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;

namespace DistillStudio.Commands;

/// <summary>
/// <c>train --spec FILE --events FILE</c>: trains a run whose folder exists, from its start or from its last checkpoint. A job of the
/// cluster calls it. Both files lie in the run's folder, where the checkpoints go too.
/// </summary>
internal sealed class TrainWorker
{
    private const int CancelSignalOnLinux = 12; // USR2

    /// <summary>How long to wait for the lock if Slurm restarted the job while its first process is still ending.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long a shared file system may show an older record of the run.</summary>
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Option<string[]> _spec = Usage.Flag(
        "--spec", "FILE", "Train the run whose settings are this file, from its last checkpoint if it has one; jobs of a cluster do");
    private readonly Option<string[]> _events = Usage.Flag("--events", "FILE", "The event file of that run, beside its settings");
    private readonly Option<string[]> _scratch = Usage.Flag(
        "--scratch", "DIR", "Copy dataset and model of that run to this folder of the machine first");

    public IEnumerable<Option> Options => [_spec, _events, _scratch];

    /// <summary>Returns true if the command line asks for a worker.</summary>
    public bool IsMeant(ParseResult parsed) => Options.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>Trains the run; returns the exit code.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="home">The flag of the home.</param>
    /// <param name="output">Receives what happened, as one sentence.</param>
    /// <param name="stop">Interrupts the run with a checkpoint.</param>
    /// <exception cref="InputException">The flags are invalid, or the folder is not that of a run.</exception>
    public int Run(ParseResult parsed, Option<string[]> home, TextWriter output, CancellationToken stop)
    {
        var usage = new Usage(parsed);
        foreach (OptionResult other in parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(other => !other.Implicit && other.Option != home && !Options.Contains(other.Option)))
        {
            usage.Add($"{other.Option.Name} cannot be combined with {_spec.Name}, whose file holds the settings.");
        }

        string spec = usage.Required(_spec, $"name the {RunFolder.SpecName} of a run's folder");
        string events = usage.Required(_events, $"name the {RunFolder.EventsName} of the same folder");
        string? scratch = usage.Path(_scratch);
        var place = new StudioHome(usage.Path(home));
        usage.Demand();
        RunFolder folder = RunFolder.Open(Path.GetDirectoryName(Path.GetFullPath(spec))!);
        if (Path.GetFullPath(spec) != folder.SpecPath || Path.GetFullPath(events) != folder.EventsPath)
        {
            throw new InputException($"{_spec.Name} and {_events.Name} are {RunFolder.SpecName} and {RunFolder.EventsName} of one run's "
                + $"folder; name these.");
        }

        return Environment.GetEnvironmentVariable(JobScript.NonceVariable) is { Length: > 0 } nonce && !IsMine(folder, nonce, stop)
            ? Say(output, $"{folder.Id} was handed to another job in the meantime; this one has nothing to do.", ExitCodes.Done)
            : Train(folder, place, scratch, output, stop);
    }

    private static int Train(RunFolder folder, StudioHome home, string? scratch, TextWriter output, CancellationToken stop)
    {
        new CheckpointStore(folder).RequireUnfinished();
        var watch = new EndWatch();
        using RunRecorder recorder = Open(folder, watch, stop);
        using var control = new RunControl();
        using CancellationTokenRegistration registration = stop.Register(control.Interrupt);
        using PosixSignalRegistration? cancel = OperatingSystem.IsLinux()
            ? PosixSignalRegistration.Create((PosixSignal)CancelSignalOnLinux, context =>
            {
                context.Cancel = true;
                control.Cancel();
            })
            : null;
        StudioHome source = scratch is null ? home : Filled(home, folder.ReadSpec(), scratch, output, stop);
        RunExecution.Execute(new LocalExecutor(source, tokens: new(home.Tokens)), folder, recorder, watch, control);
        return watch.End switch
        {
            Finished => Say(output, "The run has finished.", ExitCodes.Done),
            Failed failed => Say(output, failed.Message, ExitCodes.Failed),
            Cancelled => Say(output, "The run was cancelled.", ExitCodes.Interrupted),
            _ => Say(output, $"The run has stopped after step {watch.Step} and can be resumed.", ExitCodes.Unfinished),
        };
    }

    /// <summary>Returns true if the run is recorded as this job's.</summary>
    private static bool IsMine(RunFolder folder, string nonce, CancellationToken stop)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (RunSidecar.PlacementOf(folder.Path)?.Job is not { IsOver: false } job || job.Nonce != nonce)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Visibility || stop.WaitHandle.WaitOne(Pause))
            {
                return false;
            }
        }

        return true;
    }

    private static RunRecorder Open(RunFolder folder, EndWatch watch, CancellationToken stop)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new RunRecorder(folder.EventsPath, [watch], TimeProvider.System);
            }
            catch (RunHeldException) when (TimeProvider.System.GetElapsedTime(start) < Patience)
            {
                if (stop.WaitHandle.WaitOne(Pause))
                {
                    throw new OperationCanceledException(stop);
                }
            }
        }
    }

    private static StudioHome Filled(StudioHome home, RunSpec spec, string scratch, TextWriter output, CancellationToken stop)
    {
        try
        {
            return ScratchHome.Fill(home, spec, scratch, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            output.WriteLine($"{scratch} is not used ({e.Message.TrimEnd('.')}); data and model are read from {home.Path}.");
            return home;
        }
    }

    private static int Say(TextWriter output, string sentence, int code)
    {
        output.WriteLine(sentence);
        return code;
    }
}
