using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>The rows of a split, searched and filtered, a page at a time.</summary>
public sealed partial class DatasetRows : LiveComponent, IDisposable
{
    private const int PageSize = 10;
    private const int LongestText = 2000;

    private CancellationTokenSource _searching = new();
    private (string Split, string Text, RowFilter Filter, string? Teacher)? _asked;
    private IReadOnlyList<int>? _found;

    [Parameter, EditorRequired]
    public required Dataset Dataset { get; set; }

    [Parameter, EditorRequired]
    public required DatasetView View { get; set; }

    [Parameter]
    public EventCallback<DatasetView> ViewChanged { get; set; }

    private Split Split => Dataset.Splits[View.Split];

    private string? Teacher =>
        View.Teacher is { } chosen && Split.Teachers.ContainsKey(chosen) ? chosen : Split.Teachers.Keys.FirstOrDefault();

    private int Pages => Math.Max(1, ((_found?.Count ?? 0) + PageSize - 1) / PageSize);

    private int Page => Math.Clamp(View.Page, 1, Pages);

    public void Dispose()
    {
        _searching.Cancel();
        _searching.Dispose();
    }

    protected override void OnParametersSet()
    {
        (string Split, string Text, RowFilter Filter, string? Teacher) asked = (View.Split, View.Text.Trim(), View.Filter, Teacher);
        if (_asked != asked)
        {
            _asked = asked;
            Start(SearchAsync);
        }
    }

    private async Task SearchAsync()
    {
        await _searching.CancelAsync();
        _searching.Dispose();
        _searching = new();
        CancellationToken stop = _searching.Token;
        (string split, string text, RowFilter filter, string? teacher) = _asked!.Value;
        Dataset dataset = Dataset;
        IReadOnlyList<int> found = await Task.Run(
            () => RowSearch.Find(dataset.Task, dataset.Splits[split], text, filter, teacher, stop), stop);
        stop.ThrowIfCancellationRequested();
        _found = found;
        StateHasChanged();
    }

    private Task Change(DatasetView view) => ViewChanged.InvokeAsync(view);

    private bool IsRejected(string teacher, int row) => Split.Rejected.GetValueOrDefault(teacher)?.Contains(row) == true;

    private bool IsRight(int row, TeacherAnswer answer) => AnswerJudge.IsCorrect(Dataset.Task, answer.Label, Split.Rows[row].Label);

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}
