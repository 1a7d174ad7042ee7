using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Differences;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>View state of the rows on which runs differ, stored in the URL.</summary>
public sealed record WhereTheyDifferView
{
    /// <summary>Maximum characters of the label filter.</summary>
    private const int LongestLabel = 200;

    /// <summary>Id of the run compared with the baseline, which stands for its method; null for the leading one.</summary>
    public string? Against { get; init; }

    /// <summary>True for the validation rows, false for the test rows.</summary>
    public bool IsValidation { get; init; }

    public RowFilter Filter { get; init; } = new(RowOutcome.Fixed);

    /// <summary>From 0.</summary>
    public int Page { get; init; }

    public static WhereTheyDifferView Read(PageQuery query) => new()
    {
        Against = query.Text("against"),
        IsValidation = query.Find("split", text => text is "valid" or "test" ? text : null, "valid or test") == "valid",
        Filter = new(
            query.Text("rows") == "all" ? null : query.Choice("rows", RowOutcome.Fixed),
            query.Text("label") is { Length: <= LongestLabel } label ? label : "",
            query.Choice("length", InputLength.Any)),
        Page = (query.Whole("page", 1) ?? 1) - 1,
    };

    public void Write(PageQuery query) => query
        .Set("against", Against)
        .Set("split", IsValidation ? "valid" : null)
        .Set(
            "rows", Filter.Outcome switch { null => "all", RowOutcome.Fixed => null, { } outcome => outcome.ToString().ToLowerInvariant() })
        .Set("label", Filter.Label)
        .SetChoice("length", Filter.Length, InputLength.Any)
        .Set("page", Page == 0 ? null : Page + 1);
}
