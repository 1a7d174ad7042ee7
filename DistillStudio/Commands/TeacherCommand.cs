using System.CommandLine;
using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Teachers;
using DistillStudio.Teachers;

namespace DistillStudio.Commands;

/// <summary>The <c>teacher</c> command: asks a large model about a dataset's rows and makes a teacher from its answers.</summary>
internal static class TeacherCommand
{
    public static Command Create(Terminal terminal) =>
        new("teacher", "Ask a large model for labels and rationales, and make a teacher from its answers.")
    {
        Run(terminal),
        Resume(terminal),
        TeacherShowCommand.Create(terminal),
        TeacherExportCommand.Create(terminal),
        TeacherExportCommand.Remove(terminal),
    };

    private static Command Run(Terminal terminal)
    {
        var flags = new TeacherFlags();
        Option<bool> dryRun = Usage.Switch("--dry-run",
            "Try ten rows: show prompts, answers and an estimate for all rows; keep nothing");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json("Print progress as JSON lines");
        var command = new Command("run", "Ask about the rows of a split; the answers become a teacher of the dataset.");
        foreach (Option option in (IEnumerable<Option>)[.. flags.Options, dryRun, home, json])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            var place = new StudioHome(usage.Path(home));
            bool isTrial = usage.Is(dryRun);
            TeacherJobSpec? spec = flags.Read(usage, place, isTrial);
            spec?.Problems(isTrial).ToList().ForEach(usage.AddUnlessSaid);
            usage.Demand();
            if (isTrial)
            {
                DryRunText.Write(terminal, await TeacherDryRun.RunAsync(spec!, stop), usage.Is(json));
                return ExitCodes.Done;
            }

            TeacherKey.Read(spec!.Address); // before anything is written
            TeacherRows rows = TeacherRows.Load(spec);
            TeacherOutcome.RequireFree(rows, spec.Name);
            var job = TeacherJob.Create(place, spec with { RowsFingerprint = TeacherRows.Fingerprint(rows.All) });
            return await WorkAsync(job, terminal, usage.Is(json), stop);
        });
        return command;
    }

    private static Command Resume(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "The teacher's name");
        Option<string[]> dataset = Usage.Flag("--dataset", "NAME", "Its dataset");
        Option<string[]> split = Usage.Flag("--split", "SPLIT", "train, valid or test [every unfinished split]");
        var limits = new TeacherLimitFlags();
        Option<string[]> endpoint = Usage.Flag("--endpoint", "URL", "New address of the endpoint [as before]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json("Print progress as JSON lines");
        var command = new Command("resume", "Resume a stopped job; answered rows are not asked about again.") { name, dataset, split,
            endpoint };
        foreach (Option option in (IEnumerable<Option>)[.. limits.Options, home, json])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string teacher = usage.RequiredWord("NAME", "name the teacher whose job to resume");
            string data = usage.Required(dataset, "name its dataset");
            string? only = usage.Text(split);
            string? address = usage.Text(endpoint);
            var place = new StudioHome(usage.Path(home));
            IReadOnlyList<TeacherJob> jobs = teacher.Length > 0 && data.Length > 0 ? TeacherJob.Find(place, data, teacher, only) : [];
            (TeacherJob Job, TeacherJobSpec Changed)[] open = [.. jobs.Where((job, i) => i == 0
                || job.ReadStatus().State != TeacherJobState.Finished).Select(job => (job, Change(job.Spec)))];
            usage.Demand();
            int code = ExitCodes.Done;
            foreach ((TeacherJob job, TeacherJobSpec changed) in open)
            {
                code = Math.Max(code, await WorkAsync(job, terminal, usage.Is(json), stop, changed));
            }

            return code;

            TeacherJobSpec Change(TeacherJobSpec spec)
            {
                TeacherAddress key = limits.ReadKey(usage, spec.Address);
                TeacherJobSpec changed = spec with
                {
                    Limits = limits.Read(usage, spec.Limits),
                    Address = address is null ? key : key with { Endpoint = address }
                };
                changed.Problems().ToList().ForEach(usage.Add);
                return changed;
            }
        });
        return command;
    }

    private static async Task<int> WorkAsync(TeacherJob job, Terminal terminal, bool isJson, CancellationToken stop,
        TeacherJobSpec? changed = null)
    {
        TeacherKey.Read((changed ?? job.Spec).Address);
        using var work = TeacherWork.Open(job, TimeProvider.System, changed);
        TeacherProgress end = await work.RunAsync(isOfStudio: false, progress => Report(terminal, progress, isJson), stop);
        if (end.Event == TeacherProgress.Interrupted)
        {
            await terminal.Error.WriteLineAsync($"The answers so far are kept; continue with `teacher resume {job.Spec.Name} --dataset "
                + $"{job.Spec.Dataset}`.");
            throw new OperationCanceledException(stop);
        }

        if (end.Trouble is { } trouble)
        {
            await terminal.Error.WriteLineAsync(trouble);
        }

        TeacherJobState state = job.ReadStatus().State;
        if (end.Reason is { } reason)
        {
            await terminal.Error.WriteLineAsync(reason);
        }

        return state is TeacherJobState.Finished or TeacherJobState.BudgetReached ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void Report(Terminal terminal, TeacherProgress progress, bool isJson)
    {
        lock (terminal)
        {
            terminal.Out.WriteLine(isJson ? JsonSerializer.Serialize(progress, EngineJson.Events) : TeacherText.Line(progress));
            terminal.Out.Flush();
        }
    }
}
