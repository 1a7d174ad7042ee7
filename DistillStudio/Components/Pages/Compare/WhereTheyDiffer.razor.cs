using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Differences;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Verdicts;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Compare;

/// <summary>A run's name and the quality of its answers; <paramref name="Problem"/> says why there is none.</summary>
public sealed record NamedQuality(string Name, AnswerQuality? Quality, string? Problem);

/// <summary>Shows the rows that two methods answer differently, and how good their rationales and probabilities are.</summary>
public sealed partial class WhereTheyDiffer(StudioHome home) : LiveComponent
{
    private const int PageSize = 10;

    private IReadOnlyList<ComparedMethods> _choices = [];
    private IReadOnlyList<RowDifference> _shown = [];
    private Loaded? _loaded;
    private string _read = "";
    private RowFilter? _filtered;
    private (int Low, int High) _bounds;

    /// <param name="WhyNoTexts">Why the rows cannot be shown, as a sentence; null if they can.</param>
    private sealed record Loaded(
        DifferenceTable Table, IReadOnlyDictionary<string, RowText> Texts, string? WhyNoTexts, IReadOnlyList<NamedQuality> Qualities);

    /// <summary>Null while it is being worked out.</summary>
    [Parameter, EditorRequired]
    public required Verdict? Verdict { get; set; }

    [Parameter, EditorRequired]
    public required WhereTheyDifferView View { get; set; }

    [Parameter]
    public EventCallback<WhereTheyDifferView> ViewChanged { get; set; }

    private ComparedMethods Choice =>
        _choices.FirstOrDefault(choice => choice.Id == (View.Against ?? Verdict?.Leading?.Models.Other.Id)) ?? _choices[0];

    private int Pages => (_shown.Count + PageSize - 1) / PageSize;

    /// <summary>The page shown: an address may name one that no longer exists.</summary>
    private int Page => Math.Clamp(View.Page, 0, Math.Max(0, Pages - 1));

    private string Summary
    {
        get
        {
            DifferenceTable table = _loaded!.Table;
            string Mean(RowOutcome outcome) => Format.Setting(Math.Round(table.Mean(outcome), 1));

            string of = table.Pairs == 1 ? "Of" : $"In the mean of {table.Pairs} pairs of seeds, of";
            string rows = Format.Plural(table.Rows.Count, View.IsValidation ? "validation row" : "test row");
            return $"{of} {rows}, {Choice.Second} fixes {Mean(RowOutcome.Fixed)} that {Choice.First} gets wrong and breaks "
                + $"{Mean(RowOutcome.Broken)}; "
                + $"both are right on {Mean(RowOutcome.BothRight)} and wrong on {Mean(RowOutcome.BothWrong)}.";
        }
    }

    protected override void OnParametersSet()
    {
        if (Verdict is not null)
        {
            _choices = ComparedMethods.Of(Verdict);
        }

        if (_choices.Count == 0)
        {
            return;
        }

        ComparedMethods choice = Choice;
        string now = $"{View.IsValidation} {string.Join('|', choice.Pairs)} {string.Join('|', choice.Runs)}";
        if (now != _read)
        {
            _read = now;
            _loaded = null;
            bool isValidation = View.IsValidation;
            Start(async () =>
            {
                Loaded loaded = await Task.Run(() => Load(choice, isValidation));
                if (now == _read)
                {
                    _loaded = loaded;
                    _filtered = null;
                    _bounds = RowFilter.Bounds(loaded.Table.Rows, loaded.Texts);
                    Choose();
                    StateHasChanged();
                }
            });
        }

        Choose();
    }

    private void Choose()
    {
        if (_loaded is not null && _filtered != View.Filter)
        {
            _filtered = View.Filter;
            _shown = View.Filter.Of(_loaded.Table.Rows, _loaded.Texts);
        }
    }

    private Loaded Load(ComparedMethods choice, bool isValidation)
    {
        RowTexts? texts = null;
        string? why = null;
        try
        {
            texts = RowTexts.Load(choice.Spec, home);
        }
        catch (InputException e)
        {
            why = e.Message;
        }

        DifferenceTable table = isValidation ? DifferenceTable.OfValidation(choice.Pairs) : DifferenceTable.OfTest(choice.Pairs);
        IReadOnlyDictionary<string, RowText> rows = (isValidation ? texts?.Valid : texts?.Test) ?? new Dictionary<string, RowText>();
        if (why is null && table.Rows.Count > 0 && !table.Rows.Any(row => rows.ContainsKey(row.Key)))
        {
            why = "the dataset here has other rows than those that were answered.";
        }

        return new(table, rows, why, [.. choice.Runs.Select(run => Judge(run.Name, run.Folder, texts))]);
    }

    private static NamedQuality Judge(string name, string folder, RowTexts? texts)
    {
        try
        {
            return new(name, AnswerQuality.Of(folder, texts), null);
        }
        catch (InputException e)
        {
            return new(name, null, e.Message);
        }
    }

    private Task Change(WhereTheyDifferView view) => ViewChanged.InvokeAsync(view);

    private Task Filter(RowFilter filter) => Change(View with { Filter = filter, Page = 0 });

    private string Words(InputLength length) => length switch
    {
        InputLength.Short => $"Up to {Format.Plural(_bounds.Low, "word")}",
        InputLength.Middle => $"{_bounds.Low + 1} to {Format.Plural(_bounds.High, "word")}",
        InputLength.Long => $"Over {Format.Plural(_bounds.High, "word")}",
        _ => "Any length",
    };

    internal static string Name(RowOutcome outcome) => outcome switch
    {
        RowOutcome.Fixed => "Fixed",
        RowOutcome.Broken => "Broken",
        RowOutcome.BothRight => "Both right",
        _ => "Both wrong",
    };

    private string Hint(RowOutcome outcome) => outcome switch
    {
        RowOutcome.Fixed => $"Rows that {Choice.Second} gets right and {Choice.First} wrong, in at least one pair of seeds",
        RowOutcome.Broken => $"Rows that {Choice.First} gets right and {Choice.Second} wrong, in at least one pair of seeds",
        RowOutcome.BothRight => "Rows that both get right, in at least one pair of seeds",
        _ => "Rows that both get wrong, in at least one pair of seeds",
    };
}
