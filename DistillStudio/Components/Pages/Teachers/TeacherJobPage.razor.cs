using System.Globalization;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;
using DistillStudio.Teachers;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Pages.Teachers;

/// <summary>Page of one teacher job, live.</summary>
public sealed partial class TeacherJobPage(TeacherManager manager, StudioHome home, PagePresence presence, TimeProvider time,
    ISnackbar snackbar, IDialogService dialogs, NavigationManager navigation) : LiveComponent, IDisposable
{
    private const int Shown = 8;

    private TeacherJobView? _view;
    private IReadOnlyList<TeacherCompletion> _recent = [];
    private TeacherWatch? _watch;
    private bool _isRead, _isGone;
    private bool _isBusy;
    private string? _budget;

    [Parameter]
    public required string Dataset { get; set; }

    [Parameter]
    public required string Name { get; set; }

    [Parameter]
    public required string Split { get; set; }

    protected override void OnInitialized()
    {
        _watch = new TeacherWatch(manager, home, presence, time, () => RunAsync(ReadAsync));
        Start(ReadAsync);
    }

    public void Dispose() => _watch?.Dispose();

    private string LaunchAddress => new PageQuery().Set("dataset", Dataset).Set("llm", Name).Under("launch");

    /// <summary>True once answers with a label have become a teacher.</summary>
    private static bool IsUsable(TeacherJobView view) =>
        view is { IsActive: false, Status.State: not (TeacherJobState.Paused or TeacherJobState.Interrupted), Progress.Parsed: > 0 };

    private static string Share(int part, int of) => of == 0 ? Format.Nothing : Format.Percent((double)part / of);

    private static IEnumerable<(string What, string Value)> Record(TeacherJobSpec spec) => ((string What, string Value)[])
    [
        ("Model", spec.Address.Model),
        ("Endpoint", $"{spec.Address.Endpoint} "
            + $"({(spec.Address.Api == TeacherApi.Chat ? "chat" : "plain completion")}{(spec.Address.IsBatch ? ", batch" : "")})"),
        ("Template", $"{spec.Template.Id}, {Format.Plural(spec.Template.Examples.Count, "example")}"),
        ("Rows", RowsText(spec)),
        ("Samples", SamplesText(spec)),
        ("Temperature", spec.Temperature is { } t ? Format.Setting(t) : "the endpoint's own"),
        ("Answer", $"at most {Format.Plural(spec.MaxTokens, "token")}"),
        ("Limits", string.Join(", ", ((string?[])[
            $"{spec.Limits.Concurrency} at a time",
            spec.Limits.Rpm is { } rpm ? $"{Format.Count(rpm)} requests a minute" : null,
            spec.Limits.Tpm is { } tpm ? $"{Format.Count(tpm)} tokens a minute" : null,
            spec.Limits.BudgetTokens is { } tokens ? $"budget {Format.Count(tokens)} tokens" : null,
            spec.Limits.BudgetCost is { } cost ? $"budget {cost.ToString(CultureInfo.InvariantCulture)}" : null]).OfType<string>())),
        ("Key", spec.Address.KeyFile is { } file ? $"from file {file}" : $"from {spec.Address.KeyVariable}"),
    ];

    private static string RowsText(TeacherJobSpec spec)
    {
        string which = spec.Selection switch
        {
            RowSelection.Missing => $"those that {spec.Of} gave no label",
            RowSelection.Missed => $"those that {spec.Of} missed",
            _ => "all",
        };
        return spec.Rows is { } count ? $"{which}, {Format.Count(count)} drawn with seed {spec.Seed}" : which;
    }

    private static string SamplesText(TeacherJobSpec spec) => spec.Samples == 1 ? "1 per row"
        : $"{spec.Samples} per row, {(spec.Keep == KeptRationales.All ? "all" : "the first")} that agree with the majority kept";

    private async Task ReadAsync()
    {
        (TeacherJobView? view, IReadOnlyList<TeacherCompletion> recent) = await Task.Run(() =>
        {
            TeacherJobView? read = manager.Find(Dataset, Name, Split);
            return (read, read is null ? [] : manager.Recent(read.Job, Shown));
        });
        _isGone = view is null && _view is not null;
        if (!_isGone)
        {
            (_view, _recent) = (view, recent);
        }

        _isRead = true;
        StateHasChanged();
    }

    private Task ResumeAsync() => ActAsync(() => Task.Run(() =>
    {
        TeacherJob job = _view!.Job;
        if (_view.Status.State != TeacherJobState.BudgetReached)
        {
            manager.Resume(job);
            return;
        }

        long? tokens = string.IsNullOrWhiteSpace(_budget) ? null
            : long.TryParse(_budget, NumberStyles.None, CultureInfo.InvariantCulture, out long whole) && whole > 0 ? whole
            : throw new InputException("The token budget is not a whole number above 0; write digits only.");
        manager.Resume(job, job.Spec.Limits with { BudgetTokens = tokens, BudgetCost = null });
    }));

    private async Task ActAsync(Func<Task> act)
    {
        _isBusy = true;
        try
        {
            await act();
        }
        catch (InputException e)
        {
            snackbar.AddNote(e.Message, Severity.Error);
        }
        finally
        {
            _isBusy = false;
        }

        await ReadAsync();
    }

    private async Task RemoveAsync()
    {
        bool? isSure = await dialogs.ShowMessageBoxAsync($"Remove {Name}?",
            "This removes the job with all its completions, which were paid for, and the teacher made from them. "
                + "This cannot be undone.",
            yesText: "Remove", cancelText: "Keep");
        if (isSure != true)
        {
            return;
        }

        try
        {
            await Task.Run(() => manager.Remove(_view!.Job));
            navigation.NavigateTo("teachers");
        }
        catch (InputException e)
        {
            snackbar.AddNote(FailureText.Sentence(e), Severity.Error);
        }
    }
}
