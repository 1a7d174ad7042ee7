using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;
using DistillStudio.History;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Reports;

/// <summary>The model that a run started from.</summary>
/// <param name="HubName">Its name on the hub that it came from; null if it came from elsewhere.</param>
/// <param name="Licence">As its card names it; null if it names none.</param>
internal sealed record BaseModel(string? HubName, string? Licence);

/// <summary>
/// The card of a trained model: the report on its run without the curves, and at its top the YAML that a hub reads
/// (https://huggingface.co/docs/hub/model-cards).
/// </summary>
internal static class ModelCardReport
{
    private static readonly JsonSerializerOptions Yaml = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="origin">Null if it started from random weights or a model that is gone.</param>
    public static string Of(RunSummary summary, ReportedRun run, BaseModel? origin) =>
        Head(summary, run.Run, origin) + "\n" + MarkdownReport.Text(
            new(RunText.Title(summary), summary.Id, summary.LastTime ?? summary.CreatedAt, [.. Blocks(summary, run)]));

    private static IEnumerable<ReportBlock> Blocks(RunSummary summary, ReportedRun run)
    {
        NumberedRun[] numbered = [new(1, run.Run, SettingsTable.Method.Display(summary.Spec), Collapse.Of(run.Run))];
        yield return new Paragraph($"A T5 student, distilled: {RunText.Summary(summary.Spec)}.", ParagraphRole.Lead);
        yield return new Paragraph(RunResults.Claim(run.Run), ParagraphRole.Claim);
        yield return new Heading("How to use it");
        yield return new Paragraph(Prompt(DistillationMethod.Create(summary.Spec.Method, summary.Spec.Alpha)));
        yield return new Code(CommandText.Of("predict", "--model", ".", "--input", "…"));
        yield return new Heading("Data");
        yield return new Table(
            [new("Data"), new("Value")],
            [
                ["Dataset", summary.Spec.Dataset],
                ["Labels of the training rows", SettingsTable.LabelSource.Display(summary.Spec)],
                ["Teacher", summary.Spec.Teacher ?? "none"],
            ]);
        yield return new Heading("Results");
        foreach (ReportBlock block in RunResults.Of(run.Run))
        {
            yield return block;
        }

        yield return new Paragraph("The interval is Wilson's, at 95 %: it shows how far the test rows leave the accuracy of these "
            + "weights open.");
        yield return new Heading("Method and settings");
        yield return SettingTables.Common([summary.Spec]);
        yield return new Heading("Computed with");
        yield return OriginTables.Conditions(numbered);
        yield return OriginTables.Fingerprints(numbered);
        yield return new Heading("How to train it again");
        yield return new Code(SpecArguments.CommandLine(summary.Spec));
    }

    private static string Prompt(DistillationMethod method)
    {
        static string Before(string prefix) => prefix.Length == 0 ? "The input is given as it is" : $"\"{prefix}\" precedes the input";

        string label = $"{Before(method.LabelStream.Prefix)} to ask for the label";
        return method.RationaleStream is not { } rationale ? $"{label}."
            : rationale == method.LabelStream ? $"{label}; the same text holds the rationale."
            : $"{label}. {Before(rationale.Prefix)} to ask for the rationale.";
    }

    private static string Head(RunSummary summary, ComparedRun run, BaseModel? origin)
    {
        var head = new StringBuilder("---\nlibrary_name: transformers\npipeline_tag: text2text-generation\ntags:\n- t5\n- "
            + "distilling-step-by-step\n");
        if (origin?.Licence is { } licence)
        {
            string[] all = licence.Split(", ");
            head.Append(
                all.Length == 1 ? $"license: {Text(licence)}\n" : $"license:\n{string.Concat(all.Select(each => $"- {Text(each)}\n"))}");
        }

        if (origin?.HubName is { } name)
        {
            head.Append(CultureInfo.InvariantCulture, $"base_model: {Text(name)}\n");
        }

        if (run.Test is { } test)
        {
            head.Append(
                CultureInfo.InvariantCulture,
                $"model-index:\n- name: {Text(summary.Id)}\n  results:\n  - task:\n      type: text2text-generation\n")
                .Append(CultureInfo.InvariantCulture, $"    dataset:\n      name: {Text(summary.Spec.Dataset)}\n      type: "
                    + $"{Text(summary.Spec.Dataset)}\n      split: test\n")
                .Append(CultureInfo.InvariantCulture, $"    metrics:\n    - type: accuracy\n      value: {test.Accuracy}\n      name: "
                    + $"{Text($"Accuracy of {Format.Plural(test.Rows, "row")}")}\n");
        }

        return head.Append("---\n").ToString();
    }

    /// <summary>Returns a text in quotes, in which JSON and YAML agree.</summary>
    private static string Text(string text) => JsonSerializer.Serialize(PlainText.Clean(text), Yaml);
}
