using System.CommandLine;
using DistillStudio.Commands.Clusters;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Studies;

/// <summary>The <c>study run</c> command: makes a study, or continues one, and trains its runs one after the other.</summary>
internal static class StudyRunCommand
{
    public static Command Create(Terminal terminal)
    {
        var flags = new StudyRunFlags();
        const string Help = "Run a study, or continue an interrupted one: trains its runs one after the other, and reuses existing ones.";
        var command = new Command("run", Help) { flags.Argument };
        foreach (Option option in flags.Options)
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            StudyRequest request = flags.Read(parsed);
            if (request is { Study.Profile: { } profile, IsPlan: false })
            {
                return await ClusterLaunch.RunStudyAsync(request, profile, terminal.Out, stop);
            }

            IStudyReport report = request.IsJson ? new StudyJsonLines(terminal.Out) : new StudyLines(terminal.Out);
            return await DedicatedThread.RunAsync(() => Run(request, report, stop));
        });
        return command;
    }

    private static int Run(StudyRequest request, IStudyReport report, CancellationToken stop)
    {
        RunCatalog catalog = StudyCommand.Catalog(request.Home);
        var planned = StudyProgress.Of(request.Study, request.Home, catalog);
        StudyInputs.Require(planned.Grid, request.Home);
        report.OnPlanned(planned, StudyEstimate.Of(planned, request.Home, catalog));
        if (request.IsPlan)
        {
            return ExitCodes.Done;
        }

        var store = new StudyStore(request.Home);
        Study study = request.Study.Id.Length > 0 ? request.Study : store.Create(planned.WithEarlierLook(), DateTimeOffset.UtcNow);
        using IDisposable taken = store.TryTake(study.Id)
            ?? throw new InputException($"{study.Name} is being run by another process; wait until that has ended, or stop it.");
        if (request.Study.Id.Length > 0)
        {
            StudyProgress before = StudyProgress.Of(store.Get(study.Id), request.Home, catalog);
            study = store.Save(study with { Looks = before.WithMoreSeeds(study.Seeds.Count).Looks });
        }

        StudyProgress progress = new StudyRunner(request.Home, new LocalExecutor(request.Home), catalog, TimeProvider.System).Run(
            study, request.RerunsFailed, report, stop);
        report.OnEnded(progress, isInterrupted: stop.IsCancellationRequested);
        return stop.IsCancellationRequested ? ExitCodes.Interrupted
            : progress.Count(StudyRunState.Failed) > 0 ? ExitCodes.Failed
            : ExitCodes.Done;
    }
}
