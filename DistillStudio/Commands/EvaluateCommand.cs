using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>The result of an <c>evaluate</c> command.</summary>
/// <param name="RationaleLoss">Null if the method generates no rationale, or there is none to compare with.</param>
/// <param name="Beams">1 for greedy search.</param>
internal sealed record EvaluationReport(
    string Model, string Dataset, string Split, string ModelType, string? Teacher, string Device, double Accuracy, int Correct, int Rows,
    double LabelLoss, double? RationaleLoss, double Seconds, int Beams);

/// <summary>The parsed request of an <c>evaluate</c> command.</summary>
/// <param name="Dataset">Null for the dataset on which the model was trained.</param>
/// <param name="Teacher">Name given by the user; null for the teacher with which the model was trained.</param>
/// <param name="DataDir">Null for the data folder from which the model was trained, otherwise the home's.</param>
internal sealed record EvaluationRequest(
    string Folder, StudentOptions Options, string? Dataset, string Split, string? Teacher, string? DataDir, StudioHome Home, int BatchSize,
    int? Limit);

/// <summary>The <c>evaluate</c> command: evaluates a trained model on a split.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("evaluate", "Evaluate a trained model on a split: accuracy, label loss and rationale loss.");
        var student = new StudentFlags();
        Option<string[]> dataset = Usage.Flag("--dataset", "NAME", "Dataset to evaluate on [the one it was trained on]");
        Option<string[]> split = Usage.Flag("--split", "SPLIT", "train, valid or test [test]");
        Option<string[]> teacher = Usage.Flag(
            "--llm", "TEACHER", "Teacher whose rationales the rationale loss is computed against [as trained]");
        Option<string[]> batchSize = Usage.Flag("--batch_size", "N", "Rows per batch; affects only speed and memory [64]");
        Option<string[]> limit = Usage.Flag("--eval-limit", "N", "Maximum number of rows [all]");
        Option<string[]> dataDir = CommonFlags.DataDir();
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        student.AddTo(command);
        foreach (Option option in new Option[] { dataset, split, teacher, batchSize, limit, dataDir, home, json })
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            (string model, StudentOptions options) = student.Read(usage);
            string splitName = usage.Text(split)?.ToLowerInvariant() ?? Dataset.Test;
            if (splitName is not (Dataset.Train or Dataset.Valid or Dataset.Test))
            {
                usage.Add($"--split {splitName} is unknown; use train, valid or test.");
            }

            var place = new StudioHome(usage.Path(home));
            string? data = usage.Path(dataDir);
            int rows = usage.Whole(batchSize, 1, SettingLimits.LargestBatch) ?? 64;
            int? most = usage.Whole(limit, 1, int.MaxValue);
            string? datasetName = usage.Text(dataset);
            string? teacherName = usage.Text(teacher);
            usage.Demand();
            var request = new EvaluationRequest(
                ModelLocator.Find(model, place), options, datasetName, splitName, teacherName, data, place, rows, most);
            EvaluationReport report = await DedicatedThread.RunAsync(() => Evaluate(request, terminal.Error, stop));
            if (usage.Is(json))
            {
                await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(report, EngineJson.Events));
            }
            else
            {
                terminal.Console.Write(TableOf(report));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static EvaluationReport Evaluate(EvaluationRequest request, TextWriter remarks, CancellationToken stop)
    {
        RunSpec? trained = Student.ReadSpec(request.Folder);
        string name = request.Dataset ?? trained?.Dataset
            ?? throw new InputException($"--dataset is missing, and {request.Folder} does not record what it was trained on; "
                + $"name a dataset such as cqa.");
        string? teacher = TeacherNames.Parse(request.Teacher) ?? (request.Teacher is null ? trained?.Selection.Teacher : null);
        Dataset dataset = DatasetReader.Load(
            name, request.DataDir ?? trained?.DataDir ?? request.Home.Datasets, teacher is null ? [] : [teacher]);
        if (request.Teacher is not null && teacher is not null)
        {
            dataset.RequireTeacher(teacher);
        }

        IReadOnlyList<TrainingRow> rows = EvaluationRows.Of(dataset, request.Split, teacher, trained);
        using var student = Student.Open(request.Folder, request.Options, request.Home);
        student.Remarks.ToList().ForEach(remarks.WriteLine);
        rows = request.Limit is { } limit ? [.. rows.Take(limit)] : rows;
        if (student.LengthRemark([.. rows.Select(row => row.Input)]) is { } remark)
        {
            remarks.WriteLine(remark);
        }

        EvaluationResult result = student.Evaluate(dataset.Task, rows, request.BatchSize, stop);
        student.TakeNotices().ToList().ForEach(remarks.WriteLine);
        return new EvaluationReport(
            Path.GetFullPath(request.Folder),
            name,
            request.Split,
            student.Method.Name,
            result.RationaleLoss is null ? null : teacher,
            student.Device,
            result.Accuracy,
            result.Correct,
            result.Rows,
            result.LabelLoss,
            result.RationaleLoss,
            result.Seconds,
            request.Options.Beams);
    }

    private static Table TableOf(EvaluationReport report)
    {
        Table table = Tables.Create("", report.Model);
        (string, string)[] lines =
        [
            ("rows", $"{report.Rows:N0} of {report.Dataset}, {report.Split}"),
            ("accuracy", $"{EventText.Percent(report.Accuracy)} ({report.Correct:N0} correct)"),
            ("label loss", Loss(report.LabelLoss)),
            ("rationale loss", report.RationaleLoss is { } loss ? $"{Loss(loss)} against {report.Teacher}" : "none"),
            ("method", report.ModelType),
            ("search", report.Beams == 1 ? "greedy" : $"{report.Beams} beams"),
            ("time", $"{report.Seconds.ToString("0.0", CultureInfo.InvariantCulture)} s on {report.Device}"),
        ];
        foreach ((string what, string value) in lines)
        {
            table.AddRow(Tables.Cells(what, value));
        }

        return table;
    }

    private static string Loss(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
