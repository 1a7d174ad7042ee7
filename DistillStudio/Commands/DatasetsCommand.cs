using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>One dataset in the output of <c>datasets list</c>.</summary>
/// <param name="IsThere">True if its files are in the data folder, or the program generates it.</param>
/// <param name="Rows">Number of rows of each available split; null for a file that cannot be read as rows.</param>
/// <param name="Teachers">Teachers with answers in the data folder.</param>
/// <param name="Notes">One sentence for each file that is ignored or cannot be read.</param>
internal sealed record DatasetListing(
    string Name, string Title, TaskKind Task, string Source, bool IsThere, IReadOnlyList<string> Splits,
    IReadOnlyDictionary<string, int?> Rows, IReadOnlyList<string> Teachers, IReadOnlyList<string> Notes);

/// <summary>The <c>datasets</c> command: lists and describes the available datasets.</summary>
internal static class DatasetsCommand
{
    public static Command Create(Terminal terminal) => new("datasets", "List, inspect, import, download and remove datasets.")
    {
        List(terminal), Show(terminal), DatasetsImportCommand.Create(terminal), DatasetsGetCommand.Create(terminal),
        DatasetsRemoveCommand.Create(terminal),
    };

    private static Command List(Terminal terminal)
    {
        Option<string[]> dataDir = CommonFlags.DataDir();
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("list", "List the supported datasets, and which of them are on this machine.") { dataDir, home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string folder = usage.Path(dataDir) ?? new StudioHome(usage.Path(home)).Datasets;
            usage.Demand();
            IReadOnlyList<DatasetListing> listings = [.. DatasetCatalog.In(folder).Select(info => ListingOf(info, folder))];
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(
                    JsonSerializer.Serialize(new { DataDir = Path.GetFullPath(folder), Datasets = listings }, EngineJson.Events));
                return;
            }

            Table table = Tables.Create("name", "title", "task", "rows", "teachers");
            foreach (DatasetListing d in listings)
            {
                table.AddRow(
                    Tables.Cells(
                        d.Name, d.Title, Words(d.Task), d.IsThere ? string.Join(", ", d.Rows.Select(RowsOf)) : "not found",
                        string.Join(" ", d.Teachers)));
            }

            terminal.Console.Write(table);
            terminal.Console.WriteLine($"data folder: {Path.GetFullPath(folder)}");
            WriteNotes(terminal, listings.SelectMany(d => d.Notes).Distinct());
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "The dataset's name");
        Option<string[]> tokenizer = Usage.Flag("--tokenizer", "DIR", "A model's folder; also shows lengths in its tokens");
        Option<string[]> dataDir = CommonFlags.DataDir();
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command(
            "show", "Show the rows per split, and how often each teacher agrees with the truth.") { name, tokenizer, dataDir, home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string dataset = usage.RequiredWord("NAME", "name a dataset such as cqa or demo");
            string folder = usage.Path(dataDir) ?? new StudioHome(usage.Path(home)).Datasets;
            string? tokenizerFolder = usage.Path(tokenizer);
            usage.Demand();
            T5Tokenizer? tokens = tokenizerFolder is null ? null : T5Tokenizer.Load(tokenizerFolder);
            DatasetStatistics statistics = DatasetStatistics.Of(DatasetReader.Load(dataset, folder), tokens);
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(statistics, EngineJson.Events));
                return;
            }

            terminal.Console.Write(SplitTable(statistics));
            if (statistics.Splits.Values.Any(s => s.Teachers.Count > 0))
            {
                terminal.Console.Write(TeacherTable(statistics));
            }

            WriteNotes(terminal, RepeatedNotes(statistics.Repeated));
            WriteNotes(terminal, DatasetContents.Of(DatasetCatalog.Get(dataset, folder), folder).Notes);
        });
        return command;
    }

    private static DatasetListing ListingOf(DatasetInfo info, string folder)
    {
        DatasetContents contents = DatasetContents.Of(info, folder);
        return new(
            info.Name, info.Title, info.Task, info.Source, contents.Rows.Count > 0, [.. contents.Rows.Keys], contents.Rows,
            contents.Teachers, contents.Notes);
    }

    private static string RowsOf(KeyValuePair<string, int?> split) => $"{split.Key} {(split.Value is { } rows ? Count(rows) : "?")}";

    private static void WriteNotes(Terminal terminal, IEnumerable<string> notes)
    {
        foreach (string note in notes)
        {
            terminal.Console.WriteLine(note);
        }
    }

    private static Table SplitTable(DatasetStatistics statistics)
    {
        bool hasTokens = statistics.Splits.Values.Any(s => s.Inputs is not null);
        Table table = Tables.Create(hasTokens ? ["split", "rows", "input tokens", "label tokens"] : ["split", "rows"]);
        foreach ((string name, SplitStatistics split) in statistics.Splits)
        {
            string[] cells = [name, Count(split.Rows), Lengths(split.Inputs), Lengths(split.Labels)];
            table.AddRow(Tables.Cells(hasTokens ? cells : cells[..2]));
        }

        return hasTokens ? table.Caption("tokens: median, 95th percentile, maximum") : table;
    }

    private static Table TeacherTable(DatasetStatistics statistics)
    {
        TeacherStatistics[] all = [.. statistics.Splits.Values.SelectMany(s => s.Teachers.Values)];
        bool hasTokens = all.Any(t => t.Rationales is not null);
        bool hasUnasked = all.Any(t => t.Unasked > 0), hasUnanswered = all.Any(t => t.Unanswered > 0);
        string[] columns = [
            "teacher", "split", "agrees with the truth", "95 % interval", .. If(hasUnasked, "not asked"), .. If(hasUnanswered, "no reply"),
            "blank labels", "empty rationales", "truncated", "copies", "rationale tokens",
        ];
        Table table = Tables.Create(hasTokens ? columns : columns[..^1]);
        foreach ((string name, SplitStatistics split) in statistics.Splits)
        {
            foreach ((string teacher, TeacherStatistics answers) in split.Teachers)
            {
                string[] cells = [
                    teacher, name, answers.Rows > 0 ? EventText.Percent(answers.Accuracy) : "–",
                    answers.Rows > 0
                        ? $"{EventText.Percent(answers.Interval.Low)} – {EventText.Percent(answers.Interval.High)}" : "–",
                    .. If(hasUnasked, Count(answers.Unasked)), .. If(hasUnanswered, Count(answers.Unanswered)),
                    Count(answers.BlankLabels), Count(answers.EmptyRationales), Count(answers.Truncated), Count(answers.Copies),
                    Lengths(answers.Rationales),
                ];
                table.AddRow(Tables.Cells(hasTokens ? cells : cells[..^1]));
            }
        }

        return table;

        static string[] If(bool isShown, string cell) => isShown ? [cell] : [];
    }

    private static IEnumerable<string> RepeatedNotes(RepeatedCounts repeated) =>
    [
        .. repeated.Within.Where(split => split.Value > 0).Select(split => $"{split.Key}: {Count(split.Value)} rows have an input that "
            + $"occurs earlier."),
        .. repeated.LeakNotes,
    ];

    private static string Words(TaskKind task) => task switch
    {
        TaskKind.MultipleChoice => "multiple choice",
        TaskKind.Equation => "equation",
        TaskKind.Inference => "inference",
        _ => "text",
    };

    private static string Lengths(TokenLengths? lengths) => lengths is null ? "" : $"{lengths.Median} / {lengths.P95} / {lengths.Max}";

    private static string Count(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
