using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;
using DistillStudio.Teachers;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;

namespace DistillStudio.Components.Pages.Teachers;

/// <summary>Page to review a teacher's answers row by row, with the keyboard.</summary>
public sealed partial class ReviewPage(
    TeacherManager jobs, StudioHome home, PagePresence presence, TimeProvider time, BrowserInterop script, Shortcuts shortcuts,
    ISnackbar snackbar, NavigationManager navigation) : LiveComponent, IDisposable
{
    private static readonly (ReviewFilter Filter, string Words)[] Filters =
    [
        (ReviewFilter.All, "All answers"),
        (ReviewFilter.Open, "Not reviewed"),
        (ReviewFilter.Differs, "Differs from the truth"),
        (ReviewFilter.Blank, "Blank"),
        (ReviewFilter.Long, "Longest tenth"),
        (ReviewFilter.Unsure, "Samples disagree"),
        (ReviewFilter.Edited, "Edited"),
        (ReviewFilter.Rejected, "Rejected"),
    ];

    private ReviewSession? _manager;
    private PageQuery? _link;
    private string? _trouble;
    private ReviewFilter _filter;
    private List<ReviewItem> _shown = [];
    private int _at;
    private bool _isEditing, _isFocused, _isBusy, _isGone;
    private string _rationale = "", _label = "", _newName = "";
    private IDisposable? _keys;
    private TeacherWatch? _watch;

    [Parameter]
    public required string Dataset { get; set; }

    [Parameter]
    public required string Name { get; set; }

    [Parameter]
    public required string Split { get; set; }

    private ReviewItem? Current => _at < _shown.Count ? _shown[_at] : null;

    protected override void OnInitialized()
    {
        _newName = $"{Name}-reviewed";
        var query = PageQuery.Of(navigation);
        _keys = shortcuts.Add(
            Key("j", "Next row", () => Move(1)),
            Key("k", "Previous row", () => Move(-1)),
            Key("a", "Accept the answer", () => Decide(ReviewVerdict.Accepted)),
            Key("x", "Reject the answer", () => Decide(ReviewVerdict.Rejected)),
            Key("e", "Edit the answer", BeginEdit),
            Key("1", "Rate it 1", () => Rate(1)),
            Key("2", "Rate it 2", () => Rate(2)),
            Key("3", "Rate it 3", () => Rate(3)),
            Key("4", "Rate it 4", () => Rate(4)),
            Key("5", "Rate it 5", () => Rate(5)));
        _watch = new TeacherWatch(jobs, home, presence, time, () => RunAsync(LookAsync));
        Start(async () =>
        {
            try
            {
                _manager = await Task.Run(() => jobs.Find(Dataset, Name, Split) is { } view ? ReviewSession.Open(view.Job, time)
                    : throw new InputException($"There is no teacher {Name} of {Dataset} for {Split}."));
                ReviewFilter filter = query.Choice("filter", ReviewFilter.All);
                int row = (query.Whole("row", 1) ?? 1) - 1;
                _link = query;
                Show(filter, Math.Max(0, _manager.Filter(filter).ToList().FindIndex(item => item.Row == row)));
            }
            catch (InputException e)
            {
                _trouble = e.Message;
            }

            StateHasChanged();
        });
    }

    public void Dispose()
    {
        _keys?.Dispose();
        _watch?.Dispose();
    }

    /// <summary>Notices that the teacher was removed, here or by another process.</summary>
    private async Task LookAsync()
    {
        bool isGone = _manager is not null && await Task.Run(() => jobs.Find(Dataset, Name, Split)) is null;
        if (isGone != _isGone)
        {
            _isGone = isGone;
            StateHasChanged();
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_isEditing && !_isFocused)
        {
            _isFocused = true;
            await script.CallAsync("focus", "#review-rationale");
        }
    }

    private void OnEditorKey(KeyboardEventArgs pressed)
    {
        if (pressed is { Key: "Enter" } and ({ CtrlKey: true } or { MetaKey: true }))
        {
            SaveEdit();
        }
        else if (pressed.Key == "Escape")
        {
            _isEditing = false;
        }
    }

    private static Variant Look(ReviewItem item, ReviewVerdict verdict) =>
        item.Review?.Verdict == verdict ? Variant.Filled : Variant.Outlined;

    private static string Verdict(ReviewItem item) => item.Review switch
    {
        null or { Verdict: ReviewVerdict.None } => "",
        { Verdict: var verdict } => verdict.ToString(),
    };

    private Shortcut Key(string key, string means, Action act) => new(key, means, () => InvokeAsync(() =>
    {
        if (!_isEditing)
        {
            act();
            StateHasChanged();
        }
    }));

    private void Show(ReviewFilter filter, int at)
    {
        _filter = filter;
        _shown = [.. _manager!.Filter(filter)];
        GoTo(at);
    }

    private void Move(int by) => GoTo(_at + by);

    private void GoTo(int at)
    {
        _at = Math.Clamp(at, 0, Math.Max(0, _shown.Count - 1));
        _isEditing = false;
        script.KeepAddress(navigation,
            new PageQuery().SetChoice("filter", _filter, ReviewFilter.All).Set("row",
            Current is { } item && _at > 0 ? item.Row + 1 : null));
    }

    private void Decide(ReviewVerdict verdict)
    {
        if (Current is { } item && Try(() => _manager!.Decide(item, verdict)))
        {
            Move(1);
        }
    }

    private void Rate(int rating)
    {
        if (Current is { } item)
        {
            Try(() => _manager!.Rate(item, rating));
        }
    }

    private void BeginEdit()
    {
        if (Current is { } item && !_isGone)
        {
            (_rationale, _label) = item.Review is { Verdict: ReviewVerdict.Edited } review ? (review.Rationale ?? "", review.Label ?? "")
                : (item.Rationale, item.Label.Length > 0 ? item.Label : item.Truth);
            (_isEditing, _isFocused) = (true, false);
        }
    }

    private void SaveEdit()
    {
        if (Current is { } item && Try(() => _manager!.Decide(item, ReviewVerdict.Edited, _rationale, _label)))
        {
            Move(1);
        }
    }

    private async Task PublishAsync()
    {
        _isBusy = true;
        try
        {
            TeacherOutcomeReport report = await Task.Run(() => _manager!.Publish(_newName.Trim()));
            snackbar.AddNote(
                $"Teacher {_newName.Trim()}: {Format.Plural(report.Labels, "label")}, {Format.Plural(report.Rationales, "rationale")}; "
                    + $"{Format.Plural(report.Rejected, "row")} rejected, {Format.Count(report.Edited)} edited.",
                Severity.Success);
        }
        catch (InputException e)
        {
            snackbar.AddNote(e.Message, Severity.Error);
        }
        finally
        {
            _isBusy = false;
        }
    }

    private bool Try(Action act)
    {
        if (_isGone)
        {
            return false; // the page says so
        }

        try
        {
            act();
            return true;
        }
        catch (InputException e)
        {
            snackbar.AddNote(e.Message, Severity.Error);
            return false;
        }
    }
}
