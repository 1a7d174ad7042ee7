using System.Collections;
using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Verification;

/// <summary>What a run's folder claims: its events by step.</summary>
internal sealed class RunRecord
{
    public const string EventsPlace = RunFolder.EventsName;

    private readonly List<(int After, Started Started)> _starts = [];
    private readonly SortedDictionary<int, StepCompleted> _steps = [];
    private readonly SortedDictionary<int, EvaluationCompleted> _validations = [];
    private readonly Dictionary<int, string> _states = [];
    private readonly Dictionary<int, Sampled> _samples = [];
    private readonly List<Finding> _disorder = [];
    private readonly List<UnreadableLine> _unreadable = [];
    private int _sinceBest;

    private RunRecord(RunFolder folder) => Folder = folder;

    public RunFolder Folder { get; }

    /// <summary>The settings with which training began last.</summary>
    public RunSpec Spec => _starts[^1].Started.Spec;

    public IEnumerable<Started> Starts => _starts.Select(start => start.Started);

    public IReadOnlyDictionary<int, StepCompleted> Steps => _steps;

    /// <summary>The evaluations on validation, by step.</summary>
    public IReadOnlyDictionary<int, EvaluationCompleted> Validations => _validations;

    /// <summary>The evaluations on test, by the name of their weights.</summary>
    public Dictionary<string, EvaluationCompleted> Tests { get; } = [];

    /// <summary>Digests of weights and optimiser state, by step.</summary>
    public IReadOnlyDictionary<int, string> States => _states;

    public IReadOnlyDictionary<int, Sampled> Samples => _samples;

    /// <summary>The best weights on validation according to the evaluations; null if nothing was validated.</summary>
    public BestWeights? Best { get; private set; }

    /// <summary>Null if the run has not finished.</summary>
    public Finished? Finished { get; private set; }

    /// <summary>How the run branched from another; null if it did not. Only later events are part of this record.</summary>
    public Branched? Branched { get; private set; }

    /// <summary>The other run's counts at the branch point; null if it is unknown.</summary>
    public BranchPoint? BranchPoint { get; private set; }

    /// <summary>Null if training continued to the last step.</summary>
    public StoppedEarly? StoppedEarly { get; private set; }

    /// <summary>Step at which the evaluations exhausted the run's patience; null if they did not.</summary>
    public int? PatienceEnd { get; private set; }

    /// <summary>The step before the run's own first one.</summary>
    public int FirstStep => Branched?.Step ?? 0;

    /// <summary>The last recorded step; the step before the first one if there is none.</summary>
    public int LastStep => _steps.Count == 0 ? FirstStep : _steps.Keys.Last();

    /// <summary>Events that are out of order or occur twice.</summary>
    public IReadOnlyList<Finding> Disorder => _disorder;

    /// <summary>Numbers of the lines that hold no event, except a last one that a run which has not finished left unfinished.</summary>
    public IEnumerable<long> UnreadableLines =>
        _unreadable.Where(line => !line.IsUnfinished || Finished is not null).Select(line => line.Number);

    /// <summary>Which validation rows were answered correctly, by step; empty for runs of an older program.</summary>
    public IReadOnlyDictionary<int, BitArray> ValidAnswers { get; private set; } = new Dictionary<int, BitArray>();

    /// <exception cref="InputException">The folder has no readable record of a run that has begun.</exception>
    public static RunRecord Read(RunFolder folder)
    {
        var record = new RunRecord(folder);
        try
        {
            long number = 0;
            foreach (RunEvent happened in EventLine.ReadAll(folder.EventsPath, record._unreadable.Add))
            {
                if (happened.Number <= number)
                {
                    record._disorder.Add(new(EventsPlace, null, "number", Text(happened.Number), $"a number above {Text(number)}"));
                }

                number = happened.Number;
                record.Add(happened);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder.EventsPath} cannot be read ({e.Message.TrimEnd('.')}); name a run's folder with its "
                + $"events.", e);
        }

        if (Runs.ValidAnswers.Read(folder.Path) is { } valid)
        {
            record.ValidAnswers = valid.Evaluations.ToDictionary(evaluation => evaluation.Step, evaluation => evaluation.Correct);
        }

        return record._starts.Count > 0
            ? record
            : throw new InputException(
                $"{folder.EventsPath} does not record how the run began, so there is nothing to verify; "
                    + (record._unreadable is [var first, ..]
                        ? $"its line {Text(first.Number)} cannot be read: put back a copy of the file."
                        : "name the folder of a run that has begun."));
    }

    /// <summary>Returns how and where a step was computed.</summary>
    public Started StartOf(int step) => _starts.LastOrDefault(start => start.After < step, _starts[0]).Started;

    private void Add(RunEvent happened)
    {
        switch (happened)
        {
            case Started started:
                Require(started.Spec);
                _starts.Add((LastStep, started));
                break;
            case Branched branched:
                Branch(branched);
                break;
            case StoppedEarly stopped:
                StoppedEarly = stopped;
                break;
            case StepCompleted step when !_steps.TryAdd(step.Step, step):
                _disorder.Add(new(EventsPlace, step.Step, "step", "a second time", "one event of the step"));
                break;
            case EvaluationCompleted { Split: Dataset.Valid } evaluation:
                AddBest(evaluation);
                if (!_validations.TryAdd(evaluation.Step, evaluation))
                {
                    _disorder.Add(new(EventsPlace, evaluation.Step, "evaluated", "a second time", "one evaluation of the step"));
                }

                break;
            case EvaluationCompleted { Split: Dataset.Test } test:
                Tests[test.Weights] = test;
                break;
            case Sampled sampled:
                _samples[sampled.Step] = sampled;
                break;
            case Checkpointed { IsBest: false, StateSha256: { } digest } saved:
                _states[saved.Step] = digest;
                break;
            case Resumed { IsRestored: true } resumed:
                Best = resumed.Best;
                _sinceBest = Best is { } best ? _validations.Keys.Count(step => step > best.Step) : 0;
                PatienceEnd = null;
                MaybeEnd(resumed.Step);
                break;
            case Finished finished:
                Finished = finished;
                break;
        }
    }

    private void AddBest(EvaluationCompleted evaluation)
    {
        var best = BestWeights.Of(Best, evaluation);
        _sinceBest = best == Best ? _sinceBest + 1 : 0;
        Best = best;
        MaybeEnd(evaluation.Step);
    }

    private void MaybeEnd(int step)
    {
        if (_starts.Count > 0 && Spec.Patience > 0 && _sinceBest >= Spec.Patience)
        {
            PatienceEnd ??= step;
        }
    }

    /// <summary>Drops the record of the other run, which is verified with that run.</summary>
    private void Branch(Branched branched)
    {
        Branched = branched;
        _steps.TryGetValue(branched.Step, out StepCompleted? last);
        BranchPoint = last is null ? null : new(last.Step, last.Examples, last.Epoch);
        (Best, _sinceBest, PatienceEnd) = (null, 0, null);
        _starts.Clear();
        _steps.Clear();
        _validations.Clear();
        _states.Clear();
        _samples.Clear();
    }

    private void Require(RunSpec spec)
    {
        if (RunSpecRules.CheckRecord(spec) is { } problem)
        {
            throw new InputException($"{Folder.EventsPath}: {problem.Message.TrimEnd('.')}; name a folder with the events of a run.");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
