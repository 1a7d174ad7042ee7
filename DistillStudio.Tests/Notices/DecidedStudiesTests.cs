using DistillStudio.Engine.Studies;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Notices;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Notices;

/// <summary>A study's decision is told when its last run ends, once, and not again after a restart.</summary>
public sealed class DecidedStudiesTests : IDisposable
{
    private readonly StudyHome _home = new();
    private readonly RunHistory _history;
    private readonly Study _study;

    public DecidedStudiesTests()
    {
        _history = new RunHistory(_home.Home.Database, TimeProvider.System, NullLogger<RunHistory>.Instance);
        _study = new StudyStore(_home.Home).Create(StudyHome.Pair(seeds: 2) with { Name = "Which is better?" }, RunScript.Start);
        _home.Finish(_study, 0, 0, 0.4);
        _home.Finish(_study, 0, 1, 0.5);
        _home.Finish(_study, 1, 0, 0.6);
    }

    public void Dispose()
    {
        _history.Dispose();
        _home.Dispose();
    }

    [Fact]
    public void Decided_LastRunFinishes_TellsItOnceWithNameResultAndPage()
    {
        DecidedStudies studies = Begin();
        Assert.Empty(studies.Decided(RunScript.Start)); // a run is still to come

        _home.Finish(_study, 1, 1, 0.7);

        Notice notice = Assert.Single(studies.Decided(RunScript.Start));
        Assert.Equal((NoticeKind.StudyDecided, "Which is better? is decided"), (notice.Kind, notice.Title));
        Assert.Equal($"studies/{_study.Id}", notice.Page);
        Assert.Contains("Step-by-step", notice.Text, StringComparison.Ordinal);
        Assert.EndsWith("4 of 4 runs finished.", notice.Text, StringComparison.Ordinal);
        Assert.Empty(studies.Decided(RunScript.Start));
    }

    [Fact]
    public void Decided_BeforeTheStudioStarted_IsNotToldAgain()
    {
        _home.Finish(_study, 1, 1, 0.7);

        Assert.Empty(Begin().Decided(RunScript.Start));
    }

    [Fact]
    public void Decided_StudyGivenMoreSeeds_IsToldAgainWithTheirRuns()
    {
        _home.Finish(_study, 1, 1, 0.7);
        DecidedStudies studies = Begin();
        Study longer = _study with { Seeds = [.. _study.Seeds, 2] };
        new StudyStore(_home.Home).Save(longer);
        Assert.Empty(studies.Decided(RunScript.Start));

        _home.Finish(longer, 0, 2, 0.5);
        _home.Finish(longer, 1, 2, 0.7);

        Assert.EndsWith("6 of 6 runs finished.", Assert.Single(studies.Decided(RunScript.Start)).Text, StringComparison.Ordinal);
    }

    private DecidedStudies Begin()
    {
        var reader = new StudyReader(_home.Home, new StudyStore(_home.Home), _home.Catalog, _history);
        var studies = new DecidedStudies(reader, NullLogger<DecidedStudies>.Instance);
        studies.Begin();
        return studies;
    }
}
