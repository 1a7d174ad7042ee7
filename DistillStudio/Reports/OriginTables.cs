using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Verdicts;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>The compute conditions and origins of runs as tables, with a row for each value that occurs.</summary>
internal static class OriginTables
{
    private const string NotRecorded = "not recorded";

    private static readonly (string Title, Func<RunFingerprints, string?> Digest)[] Prints =
    [
        ("Dataset files", prints => prints.Dataset),
        ("Teacher's files", prints => prints.Teacher),
        ("Training rows, in any order", prints => Rows(prints.Train, rows => rows.Content)),
        ("Training rows, in order", prints => Rows(prints.Train, rows => rows.Ordered)),
        ("Validation rows, in any order", prints => Rows(prints.Valid, rows => rows.Content)),
        ("Test rows, in any order", prints => Rows(prints.Test, rows => rows.Content)),
        ("Model's config", prints => prints.Config),
        ("First weights", prints => prints.Weights),
        ("Tokenizer", prints => prints.Tokenizer),
    ];

    /// <summary>Returns device, precision, versions and sizes.</summary>
    public static Table Conditions(IReadOnlyList<NumberedRun> runs)
    {
        (string Title, Func<ComparedRun, string?> Value)[] facts =
        [
            .. RunCondition.All.Select(condition => (condition.Title, (Func<ComparedRun, string?>)(run => Joined(run, condition.Found)))),
            ("Machine", run => run.Environment?.Machine),
            ("Parameters", run => CountOf(run, started => started.Parameters)),
            ("Rows to train", run => CountOf(run, started => started.TrainRows)),
            ("Rows to validate", run => CountOf(run, started => started.ValidRows)),
            ("Rows to test", run => CountOf(run, started => started.TestRows)),
            ("Blank rows left out", run => CountOf(run, started => started.BlankRowsLeftOut)),
            .. LeftOut.Where(_ => runs.Any(run => run.Run.Environment is { RejectedRowsLeftOut: > 0 })),
        ];
        return ByValue("Computed with", facts, runs);
    }

    /// <summary>Returns the fingerprints of data and model in full.</summary>
    public static Table Fingerprints(IReadOnlyList<NumberedRun> runs) => ByValue(
        "SHA-256 of",
        [
            .. from print in Prints
               let found = (Func<RunEnvironment, string?>)(environment => Digest(environment, print.Digest))
               select (print.Title, (Func<ComparedRun, string?>)(run => Joined(run, found))),
        ],
        runs);

    /// <summary>Returns the numbers of runs as ranges: <c>1–5, 8</c>; <c>all</c> for every one of several.</summary>
    /// <param name="numbers">Ascending.</param>
    /// <param name="total">Number of runs of the report.</param>
    public static string Numbers(IReadOnlyList<int> numbers, int total)
    {
        if (numbers.Count == total && total > 1)
        {
            return "all";
        }

        List<(int From, int To)> ranges = [];
        foreach (int number in numbers)
        {
            if (ranges.Count > 0 && ranges[^1].To == number - 1)
            {
                ranges[^1] = (ranges[^1].From, number);
            }
            else
            {
                ranges.Add((number, number));
            }
        }

        return string.Join(
            ", ",
            ranges.Select(range => Format.Count(range.From) + (range.From == range.To ? "" : $"–{Format.Count(range.To)}")));
    }

    private static Table ByValue(
        string what,
        IReadOnlyList<(string Title, Func<ComparedRun, string?> Value)> facts,
        IReadOnlyList<NumberedRun> runs) => new(
        runs.Count == 1 ? [new(what), new("Value")] : [new(what), new("Value"), new("Runs")],
        [
            .. from fact in facts
               from same in runs.GroupBy(run => fact.Value(run.Run) ?? NotRecorded)
               let row = (string[])[fact.Title, same.Key]
               select (IReadOnlyList<string>)(runs.Count == 1 ? row : [.. row, Numbers([.. same.Select(run => run.Number)], runs.Count)]),
        ]);

    /// <summary>Facts of runs that leave out rejected rows.</summary>
    private static readonly (string Title, Func<ComparedRun, string?> Value)[] LeftOut =
        [("Rejected rows left out", run => CountOf(run, started => started.RejectedRowsLeftOut))];

    private static string? CountOf(ComparedRun run, Func<Started, long> count) =>
        run.Environment is { } started ? Format.Count(count(started)) : null;

    private static string? Digest(RunEnvironment environment, Func<RunFingerprints, string?> digest) =>
        environment.Fingerprints is { } prints ? digest(prints) ?? "none" : null;

    /// <summary>Lists the values of a run that was resumed elsewhere.</summary>
    private static string? Joined(ComparedRun run, Func<RunEnvironment, string?> value)
    {
        return run.Environments.Count == 0
            ? null
            : RunCondition.InOrder(run.Environments.Select(environment => value(environment) ?? NotRecorded));
    }

    private static string? Rows(RowsFingerprint? rows, Func<RowsFingerprint, string> digest) =>
        rows is null ? null : $"{Format.Plural(rows.Rows, "row")}: {digest(rows)}";
}
