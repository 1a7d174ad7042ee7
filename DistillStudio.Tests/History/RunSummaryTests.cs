using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.History;

/// <summary>What a run's events make of its summary: the best weights, the evaluation under way, what it was computed with.</summary>
public sealed class RunSummaryTests : HistoryTest
{
    /// <summary>The summary and the trainer, which keeps the weights, name the same evaluation.</summary>
    [Fact]
    public void Summary_AccuraciesTie_NamesTheEvaluationWhoseWeightsAreKept()
    {
        EvaluationCompleted[] looks =
        [
            RunScript.Valid(100, 0.5) with { LabelLoss = 2 },
            RunScript.Valid(200, 0.75) with { LabelLoss = 1.5 },
            RunScript.Valid(300, 0.75) with { LabelLoss = 1 },
            RunScript.Valid(400, 0.75) with { LabelLoss = 1.2 },
            RunScript.Valid(500, 0.75) with { LabelLoss = 1 },
        ];
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(Id, RunScript.Numbered(looks), Bookmark.Start);

        RunSummary run = history.Find(Id)!;
        Assert.Equal((300, 0.75, 1.0), (run.BestValidStep, run.BestValidAccuracy, run.BestValidLabelLoss));
        Assert.Equal(looks.Aggregate((BestWeights?)null, BestWeights.Of), run.Best);
    }

    [Fact]
    public void Summary_TakenUpWithoutItsBestWeights_NamesNoneUntilTheNextEvaluation()
    {
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(Id, RunScript.Numbered([RunScript.Valid(100, 0.75), new Resumed(100, IsRestored: true)]), Bookmark.Start);
        Assert.Null(history.Find(Id)!.BestValidStep);

        history.Append(Id, RunScript.Numbered([RunScript.Valid(200, 0.5)], after: 2), Bookmark.Start);
        Assert.Equal(200, history.Find(Id)!.BestValidStep);

        history.Append(Id, RunScript.Numbered([new Resumed(200, IsRestored: true, 0.25, 150, 3)], after: 3), Bookmark.Start);
        Assert.Equal(new BestWeights(150, 0.25, 3), history.Find(Id)!.Best);

        history.Append(Id, RunScript.Numbered([new Resumed(200, IsRestored: true, 0.25)], after: 4), Bookmark.Start); // of an older program
        Assert.Equal(150, history.Find(Id)!.BestValidStep);
    }

    [Fact]
    public void Summary_DuringAnEvaluation_SaysHowFarItIs()
    {
        RunSpec spec = RunScript.Spec();
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        void Append(params RunEvent[] events) =>
            history.Append(Id, RunScript.Numbered(events, after: history.Find(Id)!.LastNumber), Bookmark.Start);

        Append(
            RunScript.Started(spec), RunScript.Step(1, spec), RunScript.Step(2, spec),
            new EvaluationProgressed(2, "valid", "current", 12, 80, 3));
        Assert.Equal("validating 12/80", history.Find(Id)!.Evaluating?.Text);
        Assert.NotNull(history.Find(Id)!.SecondsLeft);

        Append(RunScript.Valid(2, 0.5));
        Assert.Null(history.Find(Id)!.Evaluating);

        Append(RunScript.Step(3, spec), new EvaluationProgressed(3, "test", "last", 3, 20, 1));
        Assert.Equal("testing 3/20", history.Find(Id)!.Evaluating?.Text);

        Append(new Failed(3, "gone", null, null));
        Assert.Null(history.Find(Id)!.Evaluating);
        Assert.Null(history.Find(Id)!.SecondsLeft);
    }

    [Fact]
    public void Summary_SlowEvaluationBetweenTwoReports_CountsAsTime()
    {
        RunSpec spec = RunScript.Spec();
        RunEvent[] events = [
            RunScript.Started(spec), RunScript.Step(1, spec), new EvaluationProgressed(1, "valid", "current", 1, 3, 400),
            new EvaluationProgressed(1, "valid", "current", 2, 3, 800),
        ];
        double[] seconds = [0, 1, 401, 801];
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));

        history.Append(
            Id, [.. events.Select((e, i) => e with { Number = i + 1, Time = RunScript.Start.AddSeconds(seconds[i]) })], Bookmark.Start);

        Assert.Equal(801, history.Find(Id)!.Elapsed);
    }

    [Fact]
    public void Summary_TakenUpWithOtherThreads_KeepsBoth()
    {
        RunSpec spec = RunScript.Spec();
        using RunHistory history = Open();
        history.Add(RunScript.Summary(Id));
        history.Append(
            Id,
            RunScript.Numbered(
                [
                    RunScript.Started(spec), RunScript.Step(1, spec), new Resumed(1, true), RunScript.Started(spec),
                    RunScript.Step(2, spec), new Resumed(2, true), RunScript.Started(spec) with { Threads = 1 },
                ]),
            Bookmark.Start);

        RunSummary run = history.Find(Id)!;
        Assert.Equal(2, Assert.Single(run.EarlierEnvironments).Threads);
        Assert.Equal(1, run.Environment!.Threads);
    }
}
