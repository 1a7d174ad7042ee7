using System.Diagnostics;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Verification;

/// <summary>What to verify, and with what.</summary>
/// <param name="Stretches">Number of stretches drawn; ignored if <paramref name="Steps"/> names them.</param>
/// <param name="Steps">Stretches in order, see <see cref="StepRange.Parse"/>; null to draw them.</param>
/// <param name="Seed">Seed of the draw.</param>
/// <param name="Model">Folder of the model that the run began with; null for the run's own.</param>
/// <param name="DataDir">Folder of the datasets; null for the run's own.</param>
/// <param name="Device">As in <see cref="RunSpec.Device"/>; null for the kind of device that the run used.</param>
/// <param name="Threads">CPU threads; null for as many as the run used.</param>
/// <param name="IsForeign">True for a record from elsewhere, whose paths outside its folder are not followed.</param>
public sealed record VerificationOptions(
    int Stretches = 2,
    IReadOnlyList<StepRange>? Steps = null,
    int Seed = 0,
    string? Model = null,
    string? DataDir = null,
    string? Device = null,
    int? Threads = null,
    bool IsForeign = false);

/// <summary>
/// Verifies the record of a run with a small part of its computation: checks it against itself, replays stretches of its steps, and tests
/// its exported weights again. Runs on the caller's thread, and changes nothing in the run's folder.
/// </summary>
public sealed class RunVerifier
{
    private const string RowsPlace = "dataset";
    private const string ModelPlace = "model that the run began with";

    private readonly RunRecord _record;
    private readonly VerificationOptions _options;
    private readonly Action<string> _progress;
    private readonly List<Finding> _findings;
    private readonly List<string> _notes = [];
    private readonly IReadOnlyList<StoredCheckpoint> _checkpoints;

    private RunVerifier(RunRecord record, VerificationOptions options, Action<string> progress)
    {
        (_record, _options, _progress) = (record, options, progress);
        _findings = [.. RecordChecks.Of(record)];
        _checkpoints = [.. new CheckpointStore(record.Folder).List().Where(stored => !stored.IsBest && IsUsable(stored))];
    }

    /// <param name="folder">The run's folder.</param>
    /// <param name="options">What to verify.</param>
    /// <param name="home">Location of datasets and models.</param>
    /// <param name="progress">Receives a sentence on what is computed next.</param>
    /// <param name="stop">Checked between steps and batches.</param>
    /// <exception cref="InputException">The folder holds no run that has begun, the run is being written, or its data, model or device
    /// are unavailable.</exception>
    public static VerificationReport Verify(
        RunFolder folder, VerificationOptions options, StudioHome home, Action<string> progress, CancellationToken stop)
    {
        if (RunLock.IsHeld(folder.Path))
        {
            throw new RunHeldException(folder.Path);
        }

        return new RunVerifier(RunRecord.Read(folder), options, progress).Run(home, stop);
    }

    private VerificationReport Run(StudioHome home, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<StepRange> possible = StretchPlan.Possible(_record, _checkpoints.Select(stored => stored.Step));
        IReadOnlyList<StepRange> stretches = _options.Steps ?? StretchPlan.Draw(possible, _options.Stretches, _options.Seed);
        StretchPlan.Require(stretches, _record, _checkpoints);
        using TrainingSession session = TrainingSession.Open(SpecOf(), home);
        _findings.AddRange(Rows(session));
        List<ReplayResult> replays = [];
        if (_findings.TrueForAll(finding => finding.Place != RowsPlace))
        {
            replays.AddRange(Replay(session, stretches, stop));
        }

        int steps = replays.Sum(replay => replay.Steps);
        if (Test(session, stop) is { } test)
        {
            replays.Add(test);
        }

        AddNotes(possible);
        int? seed = _options.Steps is null ? _options.Seed : null;
        return new(
            _record.Folder.Id, _record.LastStep, steps, seed, _findings, replays, _notes, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private RunSpec SpecOf()
    {
        Started started = _record.Starts.Last();
        return _record.Spec with
        {
            FromPretrained = _options.Model ?? _record.Spec.FromPretrained,
            DataDir = _options.DataDir ?? _record.Spec.DataDir,
            Device = _options.Device ?? (started.Device == "cpu" ? "cpu" : "auto"),
            Threads = _options.Threads ?? started.Threads,
        };
    }

    /// <summary>Compares the data and the model here with those of the run.</summary>
    private Finding[] Rows(TrainingSession session)
    {
        Started started = _record.Starts.Last();
        (string Field, int Recorded, int Here)[] rows =
        [
            ("trainRows", started.TrainRows, session.Data.Train.Count),
            ("validRows", started.ValidRows, session.Data.Valid.Count),
            ("testRows", started.TestRows, session.Data.Test.Count),
        ];
        RunFingerprints? then = started.Fingerprints;
        RunFingerprints here = session.Fingerprints;
        bool isElsewhere = ComputeEnvironment.Of(started).DifferencesFrom(ComputeEnvironment.Of(session)).Count > 0;
        bool weightsMayDiffer = session.Spec.Init == ModelInit.Random && isElsewhere;
        (string Place, string Field, string? Recorded, string? Here)[] prints =
        [
            (RowsPlace, "train", then?.Train?.Ordered, here.Train?.Ordered),
            (RowsPlace, "valid", then?.Valid?.Ordered, here.Valid?.Ordered),
            (RowsPlace, "test", then?.Test?.Ordered, here.Test?.Ordered),
            (RowsPlace, "teacher", then?.Teacher, here.Teacher),
            (ModelPlace, "config", then?.Config, here.Config),
            (ModelPlace, "tokenizer", then?.Tokenizer, here.Tokenizer),
            (ModelPlace, "weights", weightsMayDiffer ? null : then?.Weights, here.Weights),
        ];
        return
        [
            .. rows.Where(split => split.Recorded != split.Here)
                .Select(split => new Finding(RowsPlace, null, split.Field, Finding.Spell(split.Recorded), Finding.Spell(split.Here))),
            .. prints.Where(print => print.Recorded is not null && print.Recorded != print.Here)
                .Select(print => new Finding(print.Place, null, $"fingerprint of {print.Field}", print.Recorded!, print.Here ?? "nothing")),
        ];
    }

    /// <summary>Returns false for a checkpoint that is damaged or of another run, and records why.</summary>
    private bool IsUsable(StoredCheckpoint stored)
    {
        string place = StretchReplay.PlaceOf(stored);
        if (CheckpointStore.WhyDamaged(stored.Path) is { } why)
        {
            _findings.Add(new(place, stored.Step, "sha256", "the checksum of the file", why));
            return false;
        }

        RunCheckpoint? checkpoint = RunCheckpoint.TryRead(stored.Path);
        string Recorded(Setting setting) => $"{setting.Write(_record.Spec) ?? "nothing"} in {RunRecord.EventsPlace}";
        string found = checkpoint is null ? "a file that is not a checkpoint" : Finding.Spell(checkpoint.Step);
        Finding[] other = checkpoint?.Step != stored.Step
            ? [new(place, stored.Step, "step", Finding.Spell(stored.Step), found)]
            : [.. RunCheckpoint.Differing(_record.Spec, checkpoint.Spec).Select(setting =>
                new Finding(place, stored.Step, setting.JsonName, setting.Write(checkpoint.Spec) ?? "nothing", Recorded(setting)))];
        _findings.AddRange(other);
        return other.Length == 0;
    }

    private IEnumerable<ReplayResult> Replay(TrainingSession session, IReadOnlyList<StepRange> stretches, CancellationToken stop)
    {
        var replay = new StretchReplay(session, _record);
        foreach (StepRange stretch in stretches)
        {
            long start = Stopwatch.GetTimestamp();
            StoredCheckpoint? from = StretchPlan.StartOf(stretch.From, _checkpoints);
            bool continues = replay.Position >= (from?.Step ?? 0) && replay.Position <= stretch.From;
            int first = continues ? replay.Position : from!.Step;
            _progress($"Replaying steps {first + 1} to {stretch.To} …");
            var mismatches = new Mismatches(first + 1);
            if (!continues)
            {
                replay.Restore(from!, mismatches);
            }

            replay.Run(stretch.To, mismatches, stop);
            string name = $"steps {first + 1} to {stretch.To}";
            yield return Judge(name, stretch.To - first, mismatches, _record.StartOf(first + 1), session, start);
        }
    }

    private ReplayResult? Test(TrainingSession session, CancellationToken stop)
    {
        if (_record.Finished is not { } finished || RecordChecks.TestOf(_record, finished.Exported) is not { } test)
        {
            _notes.Add("The run has not finished, so there are no exported weights to test.");
            return null;
        }

        string folder = _record.Folder.ModelPath;
        if (!Directory.Exists(folder) && !_options.IsForeign)
        {
            folder = finished.Model;
        }

        if (!Directory.Exists(folder))
        {
            _notes.Add("The exported model is not in the run's folder, so its weights were not tested again.");
            return null;
        }

        _progress("Testing the exported weights …");
        long start = Stopwatch.GetTimestamp();
        var mismatches = new Mismatches(test.Step);
        try
        {
            new ExportCheck(session, _record).Run(folder, test, mismatches, stop);
        }
        catch (InputException e)
        {
            mismatches.Compare("model", test.Step, "weights", "the exported weights", e.Message, FigureKind.Exact);
        }

        return Judge("test of the exported weights", 0, mismatches, _record.StartOf(test.Step), session, start);
    }

    private static ReplayResult Judge(string name, int steps, Mismatches mismatches, Started started, TrainingSession session, long start)
    {
        var then = ComputeEnvironment.Of(started);
        var here = ComputeEnvironment.Of(session);
        IReadOnlyList<EnvironmentDifference> environment = then.DifferencesFrom(here);
        IReadOnlyList<Finding> findings = mismatches.Unexplained(environment, then.Precision == "float32" && here.Precision == "float32");
        VerificationOutcome outcome = mismatches.IsEmpty ? VerificationOutcome.Reproduced
            : findings.Count > 0 ? VerificationOutcome.Differs
            : VerificationOutcome.Deviates;
        return new(name, steps, outcome, mismatches.Largest, environment, findings, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private void AddNotes(IReadOnlyList<StepRange> possible)
    {
        if (_record.UnreadableLines.ToList() is { Count: > 0 } lines)
        {
            _notes.Add($"{RunRecord.EventsPlace} has {Format.Plural(lines.Count, "line")} without an event that can be read, so what "
                + $"{(lines.Count == 1 ? "it" : "they")} recorded is unknown; put back a copy of the file, or verify with the program that "
                + $"wrote it if that is newer.");
        }

        if (_record.Branched is { } branched)
        {
            _notes.Add($"The run branched from {branched.Run}: its steps up to {branched.Step} are verified with that run.");
        }

        if (_options.Steps is null && possible.Count < _options.Stretches)
        {
            string stretches = Format.Plural(possible.Count, "stretch", "stretches");
            _notes.Add($"Only {stretches} can be replayed, from the start or a checkpoint that is kept; "
                + $"runs trained with {SettingsTable.KeepCheckpoints.Flag} keep more.");
        }

        if (_record.Validations.Values.All(evaluation => evaluation.WeightsSha256 is null))
        {
            _notes.Add("The record holds no digests of weights, because an older program wrote it: only losses were compared.");
        }
    }
}
