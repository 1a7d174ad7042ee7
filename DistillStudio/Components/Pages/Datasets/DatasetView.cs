using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Evaluation;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>View state of a dataset's page, stored in the URL.</summary>
/// <param name="Page">From 1.</param>
/// <param name="Teacher">Null for the dataset's first teacher.</param>
/// <param name="Model">Model whose tokenizer counts the lengths.</param>
public sealed record DatasetView(
    string Split = Dataset.Train, string Text = "", RowFilter Filter = RowFilter.All, string? Teacher = null, int Page = 1,
    string Model = DemoModel.Name, int CutOff = DatasetView.UsualCutOff)
{
    private const int UsualCutOff = 1024;
    private const int LargestCutOff = 1_000_000;

    public static DatasetView Read(PageQuery query) => new(
        query.Text("split") ?? Dataset.Train,
        query.Text("q") ?? "",
        query.Choice("show", RowFilter.All),
        query.Text("teacher"),
        query.Whole("page", 1) ?? 1,
        query.Text("model") ?? DemoModel.Name,
        query.Whole("cut", 1, LargestCutOff) ?? UsualCutOff);

    /// <summary>Returns the view of what the dataset has; notes in the address's query what it has not.</summary>
    public DatasetView Fit(Dataset dataset, PageQuery query)
    {
        string first = dataset.Splits.Keys.First();
        string split = dataset.Splits.ContainsKey(Split) ? Split
            : query.Text("split") is null ? first
            : query.Refuse("split", PageQuery.OneOf([.. dataset.Splits.Keys]), first);
        string[] teachers = [.. dataset.Splits[split].Teachers.Keys];
        bool isTeacherThere = Teacher is null || teachers.Contains(Teacher);
        return this with
        {
            Split = split,
            Teacher = isTeacherThere ? Teacher
                : query.Refuse<string?>("teacher", teachers.Length > 0 ? PageQuery.OneOf(teachers) : "none, as these rows have none", null),
        };
    }

    public PageQuery Write() => new PageQuery()
        .Set("split", Split == Dataset.Train ? null : Split)
        .Set("q", Text)
        .SetChoice("show", Filter, RowFilter.All)
        .Set("teacher", Teacher)
        .Set("page", Page == 1 ? null : Page.ToString(System.Globalization.CultureInfo.InvariantCulture))
        .Set("model", Model == DemoModel.Name ? null : Model)
        .Set("cut", CutOff == UsualCutOff ? null : CutOff.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
