using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>The <c>datasets import</c> command: makes a dataset from tables.</summary>
internal sealed class DatasetsImportCommand
{
    private readonly Argument<string> _name = Usage.Word("NAME", "The new dataset's name");
    private readonly Option<string[]> _dataDir = CommonFlags.DataDir();
    private readonly Option<string[]> _home = CommonFlags.Home();
    private readonly Option<bool> _dryRun = Usage.Switch("--dry-run", "Read and count everything, but write nothing");
    private readonly Option<bool> _yes = Usage.Switch("--yes", "Import although more than 5 % of the rows are rejected");
    private readonly Option<bool> _json = CommonFlags.Json();
    private readonly ImportFlags _flags = new();
    private readonly Terminal _terminal;

    private readonly ProgressLine _line;

    private DatasetsImportCommand(Terminal terminal) => (_terminal, _line) = (terminal, new(terminal));

    public static Command Create(Terminal terminal)
    {
        var own = new DatasetsImportCommand(terminal);
        var command =
            new Command(
                "import", "Make a dataset from CSV, TSV, JSON, JSON Lines or Parquet files, or from the original's folder.") { own._name };
        foreach (Option option in (Option[])[.. own._flags.Options, own._dryRun, own._yes, own._dataDir, own._home, own._json])
        {
            command.Add(option);
        }

        command.SetAction(own.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        var usage = new Usage(parsed);
        string name = usage.RequiredWord("NAME", "name the new dataset, such as mydata");
        string dataDir = usage.Path(_dataDir) ?? new StudioHome(usage.Path(_home)).Datasets;
        ImportFlagValues flags = _flags.Read(usage);
        usage.Demand();
        bool isJson = usage.Is(_json);
        if (flags.Files is [{ Split: null, Path: var folder }] && FolderImport.IsOne(folder))
        {
            ImportResult copied = await FolderImport.ImportAsync(name, folder, dataDir, usage.Is(_dryRun), stop);
            Report(copied, new(name, dataDir, flags.Files, copied.Mapping) { IsDryRun = usage.Is(_dryRun) }, isJson);
            return ExitCodes.Done;
        }

        ImportRequest request = await flags.ToRequestAsync(name, dataDir, usage.Is(_dryRun), stop);
        try
        {
            ImportResult result = await DatasetImporter.ImportAsync(
                request,
                result => usage.Is(_yes) || (!isJson && Asks(result)),
                progress => _line.Show(() => $"{progress.Rows:N0} rows, {(double)progress.Bytes / Math.Max(1, progress.Total):0 %}"),
                stop);
            _line.Clear();
            Report(result, request, isJson);
            await ReportUnusedAsync(result, request, isJson, stop);
            return ExitCodes.Done;
        }
        catch (TooManyRejectedException e)
        {
            Report(e.Result with { Splits = new Dictionary<string, int>() }, request, isJson);
            throw;
        }
        finally
        {
            _line.Clear();
        }
    }

    /// <summary>Reports the columns that no row uses.</summary>
    private async Task ReportUnusedAsync(ImportResult result, ImportRequest request, bool isJson, CancellationToken stop)
    {
        SourceSample sample = await SourceSample.ReadAsync(request.Files[0].Path, stop);
        IReadOnlyList<string> unused = UnusedColumns.Of(sample.Columns, result.Mapping, request.SplitColumn);
        if (unused.Count > 0 && !isJson)
        {
            _terminal.Console.WriteLine($"Columns not used: {string.Join(", ", unused.Take(20))}{(unused.Count > 20 ? ", …" : "")}.");
        }
    }

    /// <summary>Asks on a terminal; returns false elsewhere.</summary>
    private bool Asks(ImportResult result)
    {
        if (!_terminal.IsAnswered)
        {
            return false;
        }

        _line.Clear();
        List(result.Rejected);
        return _terminal.Asks($"{result.Rejected.Count:N0} of {result.Rows + result.Rejected.Count:N0} rows are left out. "
            + $"Import the others?");
    }

    private void Report(ImportResult result, ImportRequest request, bool isJson)
    {
        if (isJson)
        {
            var splits = result.Splits.ToDictionary(split => split.Key, split => new { Rows = split.Value });
            _terminal.Out.WriteLine(
                JsonSerializer.Serialize(new { Dataset = result.Name, Splits = splits, result.Rejected }, EngineJson.Events));
            result.Notes.ToList().ForEach(_terminal.Error.WriteLine);
            return;
        }

        List(result.Rejected);
        if (result.Splits.Count == 0)
        {
            return;
        }

        if (!FolderImport.IsOne(request.Files[0].Path))
        {
            _terminal.Console.WriteLine(MappingText.Of(result.Mapping));
        }

        Table table = Tables.Create("split", "rows");
        foreach ((string split, int rows) in result.Splits)
        {
            table.AddRow(Tables.Cells(split, rows.ToString("N0", CultureInfo.InvariantCulture)));
        }

        _terminal.Console.Write(table);
        foreach ((string teacher, BlankAnswers blank) in
            result.BlankAnswers.Where(teacher => teacher.Value.Labels + teacher.Value.Rationales > 0))
        {
            _terminal.Console.WriteLine($"Teacher {teacher}: {blank.Rationales:N0} rows without a rationale, "
                + $"{blank.Labels:N0} without a label.");
        }

        foreach (string note in result.Notes)
        {
            _terminal.Console.WriteLine(note);
        }

        _terminal.Console.WriteLine(request.IsDryRun ? "Nothing was written: this was a dry run." : $"Imported {result.Name} into "
            + $"{Path.GetFullPath(request.DataDir)}.");
    }

    private void List(RejectedRows rejected)
    {
        foreach (Rejection row in rejected.First)
        {
            _terminal.Error.WriteLine($"{row.File}, line {row.Line}: {row.Reason}.");
        }

        if (rejected.Count > rejected.First.Count)
        {
            _terminal.Error.WriteLine($"… and {rejected.Count - rejected.First.Count:N0} more.");
        }
    }
}
