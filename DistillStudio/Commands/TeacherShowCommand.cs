using System.CommandLine;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Teachers;
using DistillStudio.Teachers;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>A job in the output of <c>teacher show</c>.</summary>
/// <param name="Problem">Why its totals are unknown; null if they are known.</param>
internal sealed record TeacherListing(
    string Name, string Dataset, string Split, TeacherJobState State, string? Reason, string Model, string Endpoint, string Template,
        TeacherTotals? Totals, double? Agreement, double? Cost, string? Problem, TeacherJobSpec Job)
{
    public static TeacherListing Of(TeacherJob job)
    {
        TeacherJobStatus status = job.ReadStatus();
        TeacherTotals? totals = null;
        string? problem = null;
        try
        {
            totals = new TeacherTally(TeacherRows.Load(job.Spec), CompletionLog.ReadAll(job.CompletionsPath), status.LostRequests).Totals;
        }
        catch (InputException e)
        {
            problem = e.Message; // the dataset is gone: the job can still be shown and removed
        }

        TeacherJobSpec spec = job.Spec;
        return new(
            spec.Name, spec.Dataset, spec.Split, status.State, status.Reason, spec.Address.Model, spec.Address.Endpoint, spec.Template.Id,
                totals, totals?.Agreement,
            totals is null ? null : spec.Limits.CostOf(totals.PromptTokens, totals.CompletionTokens), problem, spec);
    }
}

/// <summary>The <c>teacher show</c> command: lists jobs, or describes the jobs of one teacher.</summary>
internal static class TeacherShowCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "The teacher's name; without it, all jobs are listed");
        Option<string[]> dataset = Usage.Flag("--dataset", "NAME", "Its dataset [any]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("show", "Show jobs, their state, and how often the teacher agrees with the truth.") { name, dataset, home,
            json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string? teacher = usage.OptionalWord();
            string? data = usage.Text(dataset);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            if (data is not null)
            {
                DatasetCatalog.Get(data, place.Datasets);
            }

            TeacherJob[] jobs = [.. TeacherJob.List(place,
                terminal.Error.WriteLine).Where(job =>
                (teacher is null || job.Spec.Name == teacher) && (data is null || job.Spec.Dataset == data))];
            if (teacher is not null && jobs.Length == 0)
            {
                throw new InputException($"There is no teacher job "
                    + $"\"{SettingLimits.Cut(teacher, 80)}\"{(data is null ? "" : $" of {data}")}; `teacher show` lists them.");
            }

            IReadOnlyList<TeacherListing> listings = [.. jobs.Select(TeacherListing.Of)];
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(new { Jobs = listings }, EngineJson.Events));
            }
            else if (teacher is null)
            {
                terminal.Console.Write(List(listings));
                terminal.Console.WriteLine($"{Format.Plural(listings.Count, "teacher")} in {place.Path}");
            }
            else
            {
                listings.ToList().ForEach(job => terminal.Console.Write(Describe(job)));
            }
        });
        return command;
    }

    private static Table List(IReadOnlyList<TeacherListing> jobs)
    {
        Table table = Tables.Create("teacher", "dataset", "split", "state", "rows", "agrees with the truth", "tokens", "model");
        foreach (TeacherListing job in jobs)
        {
            table.AddRow(Tables.Cells(job.Name, job.Dataset, job.Split, Words(job.State), Rows(job),
                job.Agreement is { } agreement ? EventText.Percent(agreement) : "", job.Totals is { } t ? Format.Count(t.Tokens)
                : "", job.Model));
        }

        return table;
    }

    private static Table Describe(TeacherListing job)
    {
        TeacherJobSpec spec = job.Job;
        Table table = Tables.Create("", $"{job.Name}, {job.Dataset} {job.Split}");
        (string, string)[] lines =
        [
            ("state", $"{Words(job.State)}{(job.Reason is { } reason ? $": {reason}" : "")}"),
            ("model", $"{job.Model} at {job.Endpoint} "
                + $"({spec.Address.Api.ToString().ToLowerInvariant()}{(spec.Address.IsBatch ? ", batch" : "")})"),
            ("template", $"{job.Template}, {Format.Plural(spec.Template.Examples.Count, "example")}"),
            ("settings", $"temperature {(spec.Temperature is { } t ? Format.Setting(t) : "of the endpoint")}, "
                + $"at most {Format.Count(spec.MaxTokens)} tokens, {Format.Plural(spec.Samples, "sample")} per row, seed {spec.Seed}"),
            ("rows", Rows(job)),
        ];
        foreach ((string what, string value) in lines)
        {
            table.AddRow(Tables.Cells(what, value));
        }

        if (job.Totals is { } totals)
        {
            table.AddRow(Tables.Cells("read",
                $"{Format.Count(totals.Parsed)}; {Format.Count(totals.Truncated)} cut, {Format.Count(totals.Refused)} refused"));
            table.AddRow(Tables.Cells("agrees with the truth", Format.Percent(totals.Agreement)));
            table.AddRow(Tables.Cells("tokens",
                $"{Format.Count(totals.PromptTokens)} + "
                    + $"{Format.Count(totals.CompletionTokens)}{(totals.IsEstimated ? ", partly estimated" : "")}, "
                    + $"{Format.Count(totals.Requests)} requests{(job.Cost is { } cost ? $", cost {TeacherText.Money(cost)}" : "")}"));
        }

        return table;
    }

    private static string Rows(TeacherListing job) =>
        job.Totals is { } totals ? $"{Format.Count(totals.Answered)} of {Format.Count(totals.Rows)}" : job.Problem ?? "";

    private static string Words(TeacherJobState state) => TeacherStateText.Of(state).ToLowerInvariant();
}
