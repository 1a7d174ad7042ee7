using DistillStudio.Cluster;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>Form that starts runs. Its state is also stored in the URL, so that it survives a reload and can be shared.</summary>
public sealed partial class LaunchPage(
    ILaunchFacts advisor,
    IRunManager manager,
    IRunHistory history,
    ClusterProfiles profiles,
    RunActions actions,
    BrowserInterop script,
    Shortcuts shortcuts,
    NavigationManager navigation,
    ILogger<LaunchPage> log) : LiveComponent, IDisposable
{
    /// <summary>Value of the choice that opens a folder field.</summary>
    private const string Other = "…";

    /// <summary>Number of methods shown at once: the paper's two.</summary>
    private const int MainMethods = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Delay before a measurement, which reloads data and model, after the last change.</summary>
    private static readonly TimeSpan PauseBeforeMeasuring = TimeSpan.FromMilliseconds(750);

    private LaunchDraft _draft = new(RunDefaults.Demo);
    private LaunchChoices _choices = new([], [], []);
    private LaunchFacts? _facts;
    private string? _trouble;
    private string? _notice;
    private PageQuery? _link;
    private StepTime? _measured;
    private bool _isRefused; // the examination found that a run with these settings would fail
    private bool _isReading;
    private bool _isMeasuring;
    private bool _isOwnModel;
    private bool _isAdvancedOpen;
    private CancellationTokenSource _reading = new();
    private IDisposable? _keys;

    private static readonly string BranchKey = SettingsTable.Branch.JsonName;

    private RunSpec Spec => _draft.Spec;

    private bool IsFixed(Setting setting) =>
        LaunchRules.WhyFixed(setting, _draft) is not null && _draft.ProblemOf(setting.Property) is null;

    private DatasetChoice? Dataset => LaunchRules.DatasetOf(Spec, _choices);

    /// <summary>Why the chosen model's files cannot be used; null if they can, or if the examination has yet to tell.</summary>
    private string? ModelProblem => LaunchRules.WhyUnusable(Spec, Model);

    private IReadOnlyList<string> Problems =>
        ModelProblem is { } problem ? [.. _draft.Problems, $"{SettingsTable.FromPretrained.Title}: {problem}"] : _draft.Problems;

    private bool CanLaunch => _draft.CanLaunch && ModelProblem is null && !_isRefused;

    private bool CanPair => CanLaunch && LaunchRules.WhyNoPair(Spec, Dataset) is null;

    private IReadOnlyList<string> Teachers => [.. (Dataset?.Teachers ?? []).Union(Spec.Teachers)];

    private string DatasetHelp => Dataset switch
    {
        { Notes: [string note, ..] } => note,
        { Teachers.Count: > 0 } dataset => $"Teachers: {string.Join(", ", dataset.Teachers)}",
        null => "",
        _ => "No teacher",
    };

    private ModelChoice? Model => LaunchRules.ModelOf(Spec, _choices);

    private string ModelHelp => LaunchRules.WhyNotPretrained(Model)
        ?? (Spec.Init == ModelInit.Random ? "Starts from random weights" : "");

    private IReadOnlyList<Choice> Methods =>
    [
        .. MethodNames.All.OrderBy(method => method != MethodNames.TaskPrefix)
            .Select(method => LaunchRules.ChoiceOf(method, Dataset)),
    ];

    private void ChooseTeachers(IEnumerable<string?>? teachers) =>
        Set(Spec with { Teacher = TeacherNames.Join((teachers ?? []).OfType<string>()) });

    private IReadOnlyList<Choice> LabelSources =>
    [
        new("gt", SettingsTable.LabelSource.Choices[0].Title, "The dataset's own labels", null),
        new(
            "llm", SettingsTable.LabelSource.Choices[1].Title, "The teacher's labels, mistakes included",
            LaunchRules.WhyNotTeacherLabels(Dataset)),
    ];

    protected override void OnInitialized()
    {
        _choices = advisor.Choices();
        var query = PageQuery.Of(navigation);
        RunSummary? like = query.Find("like", history.Find, "the id of a run that is here");
        _runOn = RunOn.Read(query, profiles, manager, like?.Placement?.Profile);
        if (query.Text(BranchKey) is { } branched)
        {
            Branch(query, branched);
        }
        else if (like is null && LaunchDraft.Read(query) is { } requested)
        {
            Show(LaunchDefaults.Follow(requested, _choices));
        }
        else
        {
            Load(like is null ? RunDefaults.Demo : like.Spec with { Name = null });
        }

        _link = query;
        _keys = shortcuts.Add(new Shortcut("a", "Show or hide the advanced settings", () =>
        {
            _isAdvancedOpen = !_isAdvancedOpen;
            return InvokeAsync(StateHasChanged);
        }));
    }

    public void Dispose()
    {
        _keys?.Dispose();
        _reading.Cancel();
        _reading.Dispose();
    }

    /// <summary>Opens the form for a branch of a run; for a new run if that run is gone.</summary>
    private void Branch(PageQuery query, string id)
    {
        if (history.Find(id) is { DeletedAt: null } parent)
        {
            Show(LaunchDefaults.Follow(LaunchDraft.ReadBranch(query, id, parent.Spec), _choices));
            return;
        }

        Load(RunDefaults.Demo);
        _notice = $"There is no run {id} to branch from; it may have been deleted.";
    }

    private void Load(RunSpec spec)
    {
        _notice = null;
        RunSpec? parent = spec.Branch is { } id && history.Find(id) is { DeletedAt: null } found ? found.Spec : null;
        if (spec.Branch is not null && parent is null)
        {
            _notice = $"The run {spec.Branch}, from which these settings branched, is not there any more: this run starts from its model.";
            spec = spec with { Branch = null, BranchStep = null };
        }

        Show(parent is null
            ? LaunchDefaults.Adopt(spec, _choices)
            : LaunchDefaults.Follow(
                new LaunchDraft(spec)
                {
                    Parent = parent,
                    Touched = [nameof(RunSpec.Branch), nameof(RunSpec.BranchStep), .. SpecProperties.Differing(parent, spec)],
                },
                _choices));
    }

    private void Show(LaunchDraft draft)
    {
        _isOwnModel = LaunchRules.ModelOf(draft.Spec, _choices) is null;
        Take(draft);
    }

    private void Set(RunSpec spec) => Keep(_draft.With(spec));

    /// <summary>Applies a change by the user; after a choice, updates the settings that the user has not set.</summary>
    private void Keep(LaunchDraft draft)
    {
        if (LaunchDefaults.IsChoice(draft))
        {
            LaunchDraft followed = LaunchDefaults.Follow(draft, _choices);
            _notice = LaunchDefaults.Notice(draft, followed) ?? _notice;
            draft = followed;
        }

        Take(draft);
    }

    private void Take(LaunchDraft draft)
    {
        _draft = draft.Parent is null ? draft : draft with { Checkpoints = BranchText.StepsOf(history.Find(draft.Spec.Branch ?? "")) };
        script.KeepAddress(navigation, _runOn.Write(_draft.Write()));
        Start(ExamineAsync);
    }

    private void ChooseModel(string? model)
    {
        if (model == Other)
        {
            _isOwnModel = true;
            Keep((_draft with { Spec = Spec with { Init = ModelInit.Pretrained } }).With(nameof(RunSpec.FromPretrained), ""));
        }
        else
        {
            Set(Spec with { FromPretrained = model ?? "" });
        }
    }

    private void UseListedModel()
    {
        _isOwnModel = false;
        ChooseModel(_choices.Models[0].FromPretrained);
    }

    /// <summary>Requests the launch facts shortly after the last change; discards outdated results.</summary>
    private async Task ExamineAsync()
    {
        await _reading.CancelAsync();
        _reading.Dispose();
        _reading = new();
        CancellationToken stop = _reading.Token;
        (_measured, _isMeasuring, _isRefused) = (null, false, false);
        if (!CanLaunch)
        {
            (_facts, _trouble, _isReading) = (null, null, false);
            return;
        }

        try
        {
            await Task.Delay(Pause, stop);
            _isReading = true;
            StateHasChanged();
            LaunchFacts facts = await advisor.ExamineAsync(Spec, stop);
            (_facts, _trouble, _isReading, _isMeasuring) = (facts, null, false, facts.SecondsPerStep is null);
            if (_isMeasuring && _runOn.Profile is not null)
            {
                (_measured, _isMeasuring) = (StepTime.Unknown("not measured here, since the cluster trains it"), false);
            }
            else if (_isMeasuring)
            {
                StateHasChanged();
                await Task.Delay(PauseBeforeMeasuring, stop);
                StepTime measured = await advisor.MeasureAsync(Spec, facts.MemoryBytes, stop);
                (_measured, _isMeasuring) = (measured, false);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            return; // the settings have changed in the meantime: the result is outdated
        }
        catch (Exception e)
        {
            Explain(e);
        }

        StateHasChanged();
    }

    /// <summary>
    /// Shows a failure in the facts card: with the time estimate if a measurement failed, otherwise in place of the facts.
    /// </summary>
    private void Explain(Exception e)
    {
        if (e is not StudioException)
        {
            log.LogError(e, "The run summary could not be computed.");
        }

        string why = FailureText.Sentence(e);
        if (_isMeasuring)
        {
            (_measured, _isMeasuring) = (StepTime.Unknown(why), false);
        }
        else
        {
            (_facts, _trouble, _isReading, _isRefused) = (null, why, false, e is InputException);
        }
    }
}
