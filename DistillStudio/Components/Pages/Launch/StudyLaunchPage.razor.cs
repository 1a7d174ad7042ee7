using System.Globalization;
using DistillStudio.Cluster;
using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Training;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>Form that launches a study. Its state is also stored in the URL.</summary>
public sealed partial class StudyLaunchPage(
    ILaunchFacts advisor, StudyReader reader, StudyStore store, StudyActions actions, IRunManager manager, ClusterProfiles profiles,
    BrowserInterop script, Shortcuts shortcuts, NavigationManager navigation, ILogger<StudyLaunchPage> log) : LiveComponent, IDisposable
{
    private const int MostProblems = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>Delay before a measurement, which reloads data and model, after the last change.</summary>
    private static readonly TimeSpan PauseBeforeMeasuring = TimeSpan.FromMilliseconds(900);

    private static readonly IReadOnlyList<double> UsualMargins = [0.005, 0.01, 0.02, 0.03, 0.05];

    private LaunchChoices _choices = new([], [], []);
    private StudyDraft _draft = new(new LaunchDraft(RunDefaults.Demo));
    private RunOn _runOn = new([], null, null);
    private string? _likeOn;
    private IReadOnlyList<string> _problems = [];
    private StudyProgress? _progress;
    private StudyEstimate? _estimate;
    private string _timeFrom = "";
    private string? _trouble;
    private string? _remark;
    private string? _notice;
    private PageQuery? _link;
    private bool _isReading;
    private bool _isMeasuring;
    private bool _isLaunching;
    private bool _isAdvancedOpen;
    private CancellationTokenSource _examination = new();
    private IDisposable? _keys;

    private LaunchDraft Shared => _draft.Base;

    private RunSpec Spec => Shared.Spec;

    private DatasetChoice? Dataset => LaunchRules.DatasetOf(Spec, _choices);

    private IEnumerable<string> DatasetNames =>
        _choices.Datasets.Select(dataset => dataset.Name).Union([Spec.Dataset]).Where(name => name.Length > 0);

    private string DatasetHelp =>
        Dataset is { Teachers.Count: > 0 } dataset ? $"Teachers: {string.Join(", ", dataset.Teachers)}"
        : Dataset is null ? ""
        : "No teacher";

    private static IReadOnlyList<Choice> Presets { get; } =
        [.. StudyPreset.All.Select(preset => new Choice(preset.Name, preset.Title, preset.Help, null))];

    private IEnumerable<double?> Margins => [null, .. UsualMargins.Append(_draft.Margin ?? UsualMargins[0]).Distinct().Order()];

    protected override void OnInitialized()
    {
        _choices = advisor.Choices();
        var query = PageQuery.Of(navigation);
        _draft = query.Find("like", Like, "the id of a study that is here") ?? StudyDraft.Read(query, _choices)
            ?? StudyDraft.Of(StudyPreset.All[0], new LaunchDraft(RunDefaults.Demo), _choices);
        _runOn = RunOn.Read(query, profiles, manager, _likeOn);
        Take(_draft);
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
        _examination.Cancel();
        _examination.Dispose();
    }

    private StudyDraft? Like(string id)
    {
        try
        {
            if (store.Find(id) is not { } study)
            {
                return null;
            }

            _likeOn = study.Profile;
            string[] others =
                [.. study.Axes.Select(axis => axis.Setting).Except(StudyDraft.Varying).Select(setting => setting.Title.ToLowerInvariant())];
            _notice = others.Length == 0 ? null : $"{study.Name} also varies {string.Join(" and ", others)}, which this form keeps at one "
                + $"value.";
            return StudyDraft.Of(study, _choices);
        }
        catch (InputException e)
        {
            _notice = e.Message;
            return null;
        }
    }

    private void Choose(RunOn place)
    {
        _runOn = place;
        Take(_draft);
    }

    private void ChoosePreset(string name) => Take(_draft.WithGrid(StudyPreset.Find(name)!, _choices));

    private void Share(LaunchDraft shared)
    {
        LaunchDraft followed = LaunchDefaults.IsChoice(shared) ? LaunchDefaults.Follow(shared, _choices) : shared;
        Take((_draft with { Base = followed }).Follow(_choices));
    }

    private void Take(StudyDraft draft)
    {
        _draft = draft;
        _problems = draft.Problems(_choices);
        script.KeepAddress(navigation, _runOn.Write(draft.Write()));
        Start(ExamineAsync);
    }

    private IReadOnlyList<Choice>? OptionsOf(Setting setting) => setting.Property switch
    {
        nameof(RunSpec.Method) =>
        [
            .. from method in MethodNames.All
               select LaunchRules.ChoiceOf(method, Dataset),
        ],
        nameof(RunSpec.LabelSource) =>
        [
            new("gt", SettingsTable.LabelSource.Choices[0].Title, "The dataset's own labels", null),
            new(
                "llm", SettingsTable.LabelSource.Choices[1].Title, "The teacher's labels, including its mistakes",
                LaunchRules.WhyNotTeacherLabels(Dataset)),
        ],
        nameof(RunSpec.Teacher) =>
        [
            .. from teacher in (Dataset?.Teachers ?? []).Union(_draft.ValuesOf(setting))
               select new Choice(teacher, teacher, "Whose rationales, and labels, are learned", null),
        ],
        nameof(RunSpec.FromPretrained) =>
        [
            .. _choices.Models.Select(model => new Choice(model.FromPretrained, model.Name, model.FromPretrained, model.Problem))
                .UnionBy(_draft.ValuesOf(setting).Select(path => new Choice(path, SettingsTable.ModelName(path), path, null)), choice =>
                    choice.Value),
        ],
        _ => null,
    };

    private string TitleOfBaseline(string? value) => value switch
    {
        null or "" => TitleOf(_draft.UsualBaseline) is { } usual ? $"{usual} (usual)" : "Nothing varies",
        StudyDraft.NoBaseline => "Nothing",
        _ => TitleOf(value) ?? value,
    };

    private string? TitleOf(string baseline) => _draft.Baselines.FirstOrDefault(known => known.Value == baseline).Title;

    private static string TitleOfMargin(double? margin) => margin is { } within
        ? string.Create(CultureInfo.InvariantCulture, $"{within * 100:0.##} {(within == 0.01 ? "point" : "points")}")
        : "Not asked";

    /// <summary>Finds out shortly after the last change what the study takes; discards outdated results.</summary>
    private async Task ExamineAsync()
    {
        await _examination.CancelAsync();
        _examination.Dispose();
        _examination = new();
        CancellationToken stop = _examination.Token;
        (_progress, _estimate, _trouble, _remark, _isMeasuring, _isReading, _timeFrom) = (null, null, null, null, false, false, "");
        if (_problems.Count > 0)
        {
            return;
        }

        try
        {
            await Task.Delay(Pause, stop);
            _isReading = true;
            StateHasChanged();
            Study study = _draft.ToStudy();
            StudyProgress progress = await Task.Run(() => reader.Plan(study), stop);
            StudyEstimate estimate = await Task.Run(() => reader.Estimate(progress), stop);
            stop.ThrowIfCancellationRequested();
            (_progress, _estimate, _isReading) = (progress, estimate, false);
            StateHasChanged();
            _remark = await RemarkAsync(progress, stop);
            StateHasChanged();
            await TimeAsync(progress, estimate, stop);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            return; // the settings have changed in the meantime
        }
        catch (Exception e)
        {
            if (e is not StudioException)
            {
                log.LogError(e, "What a study takes could not be found out.");
            }

            (_trouble, _isReading, _isMeasuring) = (FailureText.Sentence(e), false, false);
        }

        StateHasChanged();
    }

    /// <summary>Returns a remark on the runs that read the fewest rows, if they read them too often; null if none does.</summary>
    private async Task<string?> RemarkAsync(StudyProgress progress, CancellationToken stop)
    {
        if (progress.Runs.Where(run => run.IsOpen).MinBy(run => run.Plan.Spec.Subsample)?.Plan is not { } fewest)
        {
            return null;
        }

        LaunchFacts facts = await advisor.ExamineAsync(fewest.Spec, stop);
        stop.ThrowIfCancellationRequested();
        bool isOfAll = progress.Runs.All(run => run.Plan.Spec.Subsample == fewest.Spec.Subsample);
        return ManyEpochs.Remark(fewest.Spec, facts.StepsPerEpoch) is { } many ? isOfAll ? many : $"{fewest.Cell.Title}: {many}" : null;
    }

    /// <summary>Takes the time from earlier runs, or measures a few steps of each method and model.</summary>
    private async Task TimeAsync(StudyProgress progress, StudyEstimate estimate, CancellationToken stop)
    {
        if (estimate.Open == 0 || estimate.Seconds is not null)
        {
            _timeFrom = estimate.Open == 0 ? "" : "as earlier runs took";
            return;
        }

        if (_runOn.Profile is not null)
        {
            _timeFrom = "not measured here, since the cluster trains it";
            return;
        }

        _isMeasuring = true;
        StateHasChanged();
        await Task.Delay(PauseBeforeMeasuring, stop);
        var seconds = new Dictionary<(string Method, string Model), double>();
        foreach (RunSpec spec in progress.Runs.Where(run => run.IsOpen).Select(run => run.Plan.Spec).DistinctBy(KeyOf))
        {
            LaunchFacts facts = await advisor.ExamineAsync(spec, stop);
            StepTime step =
                facts.SecondsPerStep is { } known ? new(known, 0, null) : await advisor.MeasureAsync(spec, facts.MemoryBytes, stop);
            if (step.Seconds is not { } measured)
            {
                (_isMeasuring, _timeFrom) = (false, step.WhyNot ?? "");
                return;
            }

            seconds[KeyOf(spec)] = measured;
        }

        double? SecondsOf(RunSpec spec) => seconds.TryGetValue(KeyOf(spec), out double known) ? known : null;
        StudyEstimate timed = await Task.Run(() => reader.Estimate(progress, SecondsOf), stop);
        stop.ThrowIfCancellationRequested();
        (_estimate, _isMeasuring, _timeFrom) = (timed, false, "plus evaluations; measured over a few steps");
    }

    private static (string Method, string Model) KeyOf(RunSpec spec) => (spec.Method, spec.FromPretrained);

    private Task LaunchAsync() => WhileLaunchingAsync(() => actions.LaunchAsync(_draft.ToStudy() with { Profile = _runOn.Profile }));

    private Task RunDemoAsync() => WhileLaunchingAsync(actions.RunDemoAsync);

    private async Task WhileLaunchingAsync(Func<Task> launch)
    {
        _isLaunching = true;
        await launch();
        _isLaunching = false;
    }
}
