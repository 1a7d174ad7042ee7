using System.CommandLine;
using System.Text.Json;
using DistillStudio.Cluster;
using DistillStudio.Commands.Clusters;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Commands.Runs;

/// <summary>The <c>runs delete</c> command: removes the folders of runs for good.</summary>
internal static class DeleteCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Usage.Words("RUN…", RunsCommand.WhichRun);
        Option<bool> yes = Usage.Switch("--yes", "Do not ask");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("delete", "Remove runs with their curves, samples and models, for good.") { names, yes, home, json };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            IReadOnlyList<string> words = usage.RequiredWords("RUN", 1, "name the runs to delete");
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            IReadOnlyList<RunSummary> runs = new RunArchive(place).FindAll(words);
            RequireIdle(runs);
            bool isSure = usage.Is(yes) || await IsSureAsync(runs, terminal, stop);
            if (isSure)
            {
                RequireIdle(runs); // a run may have been resumed while the question was open
                await RemoveJobsAsync(runs, stop);
                Delete(runs);
            }

            string[] deleted = isSure ? [.. runs.Select(run => run.Id)] : [];
            await terminal.Out.WriteLineAsync(usage.Is(json)
                ? JsonSerializer.Serialize(new { Deleted = deleted }, EngineJson.Events)
                : isSure ? $"Deleted: {string.Join(", ", deleted)}." : "Nothing was deleted.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static void RequireIdle(IReadOnlyList<RunSummary> runs)
    {
        string[] busy = [.. runs.Where(run => RunLock.IsHeld(run.Folder)).Select(run => $"{run.Id} is still running; end it first, "
            + $"then delete it.")];
        if (busy.Length > 0)
        {
            throw new InputException(busy);
        }
    }

    /// <summary>Removes the jobs that wait for these runs on a cluster; ids are used again, what a job's comment holds is not.</summary>
    /// <exception cref="StudioException">Slurm cannot be asked: the runs stay.</exception>
    private static async Task RemoveJobsAsync(IReadOnlyList<RunSummary> runs, CancellationToken stop)
    {
        PlacedJob[] placed = [.. runs.Where(run => run.Placement is { IsLive: true }).Select(run => run.Placement!.Job!)];
        if (placed.Length == 0)
        {
            return;
        }

        ISlurm slurm = ClusterCommand.Reachable();
        foreach (SlurmJob job in await slurm.ListAsync(stop))
        {
            if (!job.State.HasEnded() && placed.Any(own => own.Nonce == JobScript.NonceOf(job.Comment) && own.Index == job.Index))
            {
                await slurm.CancelAsync(job.Id, stop);
            }
        }
    }

    private static async Task<bool> IsSureAsync(IReadOnlyList<RunSummary> runs, Terminal terminal, CancellationToken stop)
    {
        foreach (RunSummary run in runs)
        {
            await terminal.Error.WriteLineAsync(run.Name is null ? run.Folder : $"{run.Folder} ({run.Name})");
        }

        return await Question.IsSureAsync(terminal, $"Delete {Format.Plural(runs.Count, "run")} for good?", stop);
    }

    private static void Delete(IReadOnlyList<RunSummary> runs)
    {
        foreach (RunSummary run in runs)
        {
            try
            {
                Directory.Delete(run.Folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && Directory.Exists(run.Folder))
            {
                throw new InputException($"{run.Folder} cannot be removed: {e.Message.TrimEnd('.')}; make it writable, "
                    + $"then delete it again.", e);
            }
            catch (DirectoryNotFoundException)
            {
                // removed meanwhile
            }
        }
    }
}
