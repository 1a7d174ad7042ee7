using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Support;

/// <summary>A home with runs as the engine's own recorder writes them: as a studio finds it after some use.</summary>
/// <param name="start">Time before the first run; null for two days ago.</param>
internal sealed class SeededHome(DateTimeOffset? start = null) : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new(start ?? DateTimeOffset.UtcNow.AddDays(-2));

    public StudioHome Home => _folder.Home;

    public static RunSpec Standard => RunDefaults.DemoStandard with { MaxSteps = 600, EvalSteps = 50 };

    public static RunSpec StepByStep => RunDefaults.Demo with { MaxSteps = 600, EvalSteps = 50 };

    /// <summary>Pairs, a grid over alpha, other data, a failure, a cancelled run: one of each that a page shows.</summary>
    public static SeededHome WithEverything()
    {
        var home = new SeededHome();
        home.AddPair(0, "baseline");
        foreach (double alpha in new[] { 0.1, 0.3, 0.7, 0.9 })
        {
            home.Add(StepByStep with { Alpha = alpha, Seed = 1 }, tags: ["alpha-grid"]);
        }

        home.Add(
            StepByStep with
            {
                Dataset = "cqa",
                FromPretrained = "/home/ada/models/t5-v1_1-base",
                LabelSource = LabelSource.Llm,
                Teacher = "palm",
                Init = ModelInit.Pretrained,
                MaxSteps = 2000,
                EvalSteps = 250,
                BatchSize = 64,
                LearningRate = 5e-5,
            },
            tags: ["paper", "cqa"], notes: "Table 2 of the paper, teacher's labels.");
        home.Add(
            Standard with
            {
                Dataset = "svamp",
                FromPretrained = "/home/ada/models/t5-efficient-mini",
                Init = ModelInit.Pretrained,
                MaxSteps = 800,
                EvalSteps = 100,
                BatchSize = 64,
                LearningRate = 5e-5,
            },
            tags: ["paper"]);
        home.AddFailed(StepByStep with { LearningRate = 0.4, Name = "Too high a rate" });
        home.AddCancelled(Standard with { Seed = 5, Name = "Stopped by hand" });
        home.AddPair(2, null);
        return home;
    }

    /// <summary>Standard and step-by-step with the same seed, as launched together.</summary>
    public IReadOnlyList<string> AddPair(int seed, string? tag)
    {
        string group = $"pair-{seed}";
        string[] tags = tag is null ? [] : [tag];
        return [Add(Standard with { Seed = seed }, tags, group: group), Add(StepByStep with { Seed = seed }, tags, group: group)];
    }

    /// <summary>A study with its runs; <paramref name="add"/> returns false for a run that is not created.</summary>
    public Study AddStudy(Study study, Func<PlannedRun, string, bool>? add = null)
    {
        study = new StudyStore(Home).Create(study, _time.GetUtcNow());
        foreach (PlannedRun run in StudyGrid.Of(study, Home).Runs)
        {
            string group = $"study/{study.Id}";
            if (add?.Invoke(run, group) != false)
            {
                Add(run.Spec, group: group);
            }
        }

        return study;
    }

    /// <summary>A finished run.</summary>
    public string Add(RunSpec spec, IReadOnlyList<string>? tags = null, string notes = "", string? group = null) =>
        Write(spec, tags, notes, group, (recorder, physics, folder) =>
    {
        Steps(recorder, physics, spec.MaxSteps);
        physics.WriteAnswers(folder);
        foreach (RunEvent happened in physics.End())
        {
            recorder.Record(happened);
        }
    });

    public string AddFailed(RunSpec spec, string? group = null) => Write(spec, ["try"], "", group, (recorder, physics, _) =>
    {
        Steps(recorder, physics, 73);
        recorder.Log(LogSeverity.Warning, "The gradient norm was 412.7, ten times its usual size.");
        recorder.Log(LogSeverity.Error, "The loss is not a number.");
        recorder.Record(
            new Failed(
                74, "The training diverged at step 74: loss NaN, gradient norm NaN.", "lower the learning rate (--lr; it was 0.4).",
                "at Trainer.Step: loss is NaN"));
    });

    public string AddCancelled(RunSpec spec) => Write(spec, [], "", null, (recorder, physics, _) =>
    {
        Steps(recorder, physics, spec.MaxSteps / 3);
        recorder.Record(new Cancelled(spec.MaxSteps / 3));
    });

    /// <summary>Moves the time of later additions forward.</summary>
    public void MoveTo(DateTimeOffset time) => _time.Advance(time - _time.GetUtcNow());

    public void Dispose() => _folder.Dispose();

    private void Steps(RunRecorder recorder, RunPhysics physics, int count)
    {
        for (int step = 1; step <= count; step++)
        {
            foreach (RunEvent happened in physics.Step(step))
            {
                _time.Advance(TimeSpan.FromSeconds(happened is StepCompleted p ? p.Seconds : 0.6));
                recorder.Record(happened);
            }
        }
    }

    private string Write(
        RunSpec spec, IReadOnlyList<string>? tags, string notes, string? group, Action<RunRecorder, RunPhysics, string> record)
    {
        _time.Advance(TimeSpan.FromMinutes(7));
        var folder = RunFolder.Create(Home.Runs, spec, _time.GetUtcNow());
        File.WriteAllText(
            Path.Combine(folder.Path, "studio.json"), JsonSerializer.Serialize(new { tags = tags ?? [], notes, group }, EngineJson.Spec));
        using var recorder = new RunRecorder(folder.EventsPath, [], _time);
        var physics = new RunPhysics(spec);
        recorder.Log(LogSeverity.Information, "Read 1,000 training rows, 200 to validate, 500 to test.");
        _time.Advance(TimeSpan.FromSeconds(1));
        recorder.Record(physics.Started());
        record(recorder, physics, folder.Path);
        return folder.Id;
    }
}
