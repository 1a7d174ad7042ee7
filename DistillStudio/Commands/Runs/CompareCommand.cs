using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Jobs;
using Spectre.Console;

namespace DistillStudio.Commands.Runs;

/// <summary>The <c>runs compare</c> command: the verdict on several runs.</summary>
internal static class CompareCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Usage.Words(
            "RUN…", $"Two or more: {char.ToLowerInvariant(RunsCommand.WhichRun[0])}{RunsCommand.WhichRun[1..]}");
        Option<string[]> baseline = BaselineFlag();
        Option<string[]> margin = MarginFlag();
        Option<bool> equal = EqualComputeFlag();
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("compare", "Test whether runs differ by more than chance: as models, and as methods over seeds.")
        {
            names,
            baseline,
            margin,
            equal,
            home,
            json,
        };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            IReadOnlyList<string> words = usage.RequiredWords("RUN", 1, "name the runs to compare");
            string? first = usage.Text(baseline);
            double within = ReadMargin(usage, margin);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            var archive = new RunArchive(place);
            IReadOnlyList<RunSummary> runs = archive.FindDistinct(first is null ? words : [first, .. words]);
            if (runs.FirstOrDefault(run => run.Spec.IsCurvesOnly) is { } curves)
            {
                throw new InputException($"{curves.Title} has only imported curves, without answers to test rows; leave it out here: "
                    + $"the studio's Compare page draws it beside other runs.");
            }

            Verdict verdict = runs.Count > 1
                ? Verdict.Of(Compared(runs), within, Others(archive, runs), usage.Is(equal))
                : throw new InputException($"{runs[0].Id} is the only run named; name another to compare it with.");
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(VerdictJson.Of(verdict), EngineJson.Events));
            }
            else
            {
                Write(verdict, terminal);
            }
        });
        return command;
    }

    public static Option<string[]> BaselineFlag() =>
        Usage.Flag("--baseline", "RUN", "The run to compare the others with [the first]");

    public static Option<bool> EqualComputeFlag() => Usage.Switch(
        "--equal-compute", "Compare the runs at equal compute, on validation");

    public static Option<string[]> MarginFlag() =>
        Usage.Flag("--margin", "FRACTION", $"Difference in accuracy within which two count as equally good [{Text(Verdict.UsualMargin)}]");

    /// <summary>Returns the margin of equivalence; adds a problem if it is out of range.</summary>
    public static double ReadMargin(Usage usage, Option<string[]> flag)
    {
        if (usage.Text(flag) is not { } text)
        {
            return Verdict.UsualMargin;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double margin)
            && margin is > 0 and <= Verdict.LargestMargin)
        {
            return margin;
        }

        usage.Add($"{flag.Name} {text} is out of range; give a fraction above 0 and up to {Text(Verdict.LargestMargin)}, "
            + $"such as {Text(Verdict.UsualMargin)} for 2 points.");
        return Verdict.UsualMargin;
    }

    private static IReadOnlyList<ComparedRun> Compared(IReadOnlyList<RunSummary> runs)
    {
        IReadOnlyList<string> names = RunNames.Of(runs);
        return [.. runs.Select((run, i) => ComparedRun.Of(ComparedRuns.Blank(run, names[i]), RunArchive.Events(run)))];
    }

    /// <summary>Returns the home's other runs of the compared kinds; ignores folders that cannot be read.</summary>
    private static IReadOnlyList<ComparedRun> Others(RunArchive archive, IReadOnlyList<RunSummary> runs) =>
        ComparedRuns.Others(archive.List(_ => { }, found => ComparedRuns.MayTellOf(runs, found)), runs);

    private static void Write(Verdict verdict, Terminal terminal)
    {
        foreach (string sentence in verdict.Sentences)
        {
            terminal.Out.WriteLine(sentence);
        }

        Table table = Tables.Create("method", "run", "seed", "test, best", "test, last", "steps", "examples", "tokens", "FLOP", "time");
        foreach ((MethodGroup group, ComparedRun run) in verdict.Groups.SelectMany(group => group.Runs, (group, run) => (group, run)))
        {
            TrainingCost cost = run.Cost;
            table.AddRow(Tables.Cells(
                group.Name, run.Name, $"{run.Spec.Seed}", Format.Percent(run.Result?.TestBest?.Accuracy),
                Format.Percent(run.Result?.TestLast?.Accuracy),
                Format.Count(cost.Step), Format.Count(cost.Examples), Format.Count(cost.Tokens), TrainingCost.FlopText(cost.Flops),
                Format.Duration(cost.Seconds)));
        }

        terminal.Console.Write(table);
        string[] details =
        [
            .. verdict.Pairs.Where(pair => pair != verdict.Leading).SelectMany(pair => pair.Sentences),
            .. verdict.Evidence,
            .. new[] { verdict.ValidationNote, verdict.RecordNote }.OfType<string>(),
        ];
        foreach (string detail in details)
        {
            terminal.Out.WriteLine(detail);
        }

        if (verdict.MoreSeeds.Count > 0)
        {
            terminal.Out.WriteLine("More seeds:");
            foreach (RunSpec spec in verdict.MoreSeeds)
            {
                terminal.Out.WriteLine(SpecArguments.CommandLine(spec));
            }
        }
    }

    private static string Text(double margin) => margin.ToString(CultureInfo.InvariantCulture);
}
