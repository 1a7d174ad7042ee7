using System.Globalization;
using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>The import form's content, stored in the URL.</summary>
/// <param name="Mapping">Null until it is proposed from the first file read; after that only the user changes it.</param>
/// <param name="ValidShare">Percentage of the training rows, as typed; empty for the default.</param>
/// <param name="TestShare">As <paramref name="ValidShare"/>.</param>
internal sealed record ImportDraft(
    string Name = "",
    IReadOnlyList<ImportFile>? FilesOrNull = null,
    IReadOnlyList<ImportFile>? TeacherFilesOrNull = null,
    ColumnMapping? Mapping = null,
    string? SplitColumn = null,
    string ValidShare = "",
    string TestShare = "",
    int Seed = 0)
{
    public IReadOnlyList<ImportFile> Files => FilesOrNull ?? [];

    public IReadOnlyList<ImportFile> TeacherFiles => TeacherFilesOrNull ?? [];

    /// <summary>Reads the form from the address; fields that are missing or unknown are empty.</summary>
    public static ImportDraft Read(PageQuery query)
    {
        ColumnMapping? mapping = query.Text("input") is { } input && query.Text("label") is { } label
            && TaskNames.Parse(query.Text("task")) is { } task
            ? new(
                task, input, label, query.Text("choices"), query.Choice("choiceLabels", ChoiceLabels.Text), query.Text("rationale"),
                query.Text("teacher"), query.Text("teacherLabel"), query.Text("teacherRationale"), query.Text("key"))
            : null;
        return new(
            query.Text("name") ?? "",
            FilesIn(query.Text("files")),
            FilesIn(query.Text("teacherFiles")),
            mapping,
            query.Text("splitColumn"),
            query.Text("valid") ?? "",
            query.Text("test") ?? "",
            query.Whole("seed") ?? 0);
    }

    public PageQuery Write()
    {
        PageQuery query = new PageQuery()
            .Set("name", Name)
            .Set("files", Text(Files))
            .Set("teacherFiles", Text(TeacherFiles))
            .Set("splitColumn", SplitColumn)
            .Set("valid", ValidShare)
            .Set("test", TestShare)
            .Set("seed", Seed == 0 ? null : Seed.ToString(CultureInfo.InvariantCulture));
        return Mapping is not { } mapping ? query : query
            .Set("task", TaskNames.NameOf(mapping.Task))
            .Set("input", mapping.Input)
            .Set("label", mapping.Label)
            .Set("choices", mapping.Choices)
            .SetChoice("choiceLabels", mapping.ChoiceLabels, ChoiceLabels.Text)
            .Set("rationale", mapping.Rationale)
            .Set("teacher", mapping.Teacher)
            .Set("teacherLabel", mapping.TeacherLabel)
            .Set("teacherRationale", mapping.TeacherRationale)
            .Set("key", mapping.Key);
    }

    /// <summary>Returns what is wrong with the form itself; null if an import can start.</summary>
    public string? Problem()
    {
        return Files.Count == 0 ? "Choose a file first."
            : Mapping is null ? "The file has no mapping yet."
            : Name.Length == 0 ? "Give the dataset a name."
            : Share(ValidShare) is < 0 or >= 1 || Share(TestShare) is < 0 or >= 1 || (ValidShare.Length > 0 && Share(ValidShare) is null)
                || (TestShare.Length > 0 && Share(TestShare) is null) ? "Give shares in percent, from 0 to below 100."
            : null;
    }

    public ImportRequest ToRequest(string dataDir, bool isDryRun) => new(Name, dataDir, Files, Mapping!)
    {
        TeacherFiles = TeacherFiles,
        SplitColumn = SplitColumn,
        ValidShare = SplitColumn is null ? Share(ValidShare) : null,
        TestShare = SplitColumn is null ? Share(TestShare) : null,
        Seed = Seed,
        IsDryRun = isDryRun,
    };

    private static double? Share(string percent) =>
        double.TryParse(percent.Trim().TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
            ? value / 100
            : null;

    private static IReadOnlyList<ImportFile> FilesIn(string? text) =>
        text is null ? [] : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ImportFile.Parse)];

    private static string Text(IReadOnlyList<ImportFile> files) =>
        string.Join('\n', files.Select(file => file.Split is null ? file.Path : $"{file.Split}={file.Path}"));
}
