using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Statistics;
using DistillStudio.Engine.Studies;
using DistillStudio.Reports;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Tests.Engine.Studies;

/// <summary>Seeds that are added to a study after its verdict could be seen.</summary>
public sealed class StudyLooksTests : IDisposable
{
    private static readonly double[] Gains = [0.05, 0.03, 0.06, 0.02, 0.05, 0.07];

    private readonly StudyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void WithMoreSeeds_AfterAVerdict_NotesTheLookAndTheVerdictHoldsAtEveryLook()
    {
        Study study = StudyHome.Pair(3);
        Finish(study, 0, 3);
        StudyResult first = StudyResult.Of(_home.Look(study));
        Study more = _home.Look(study).WithMoreSeeds(5);
        Finish(more, 3, 5);

        StudyResult looked = StudyResult.Of(_home.Look(more));
        StudyResult planned = StudyResult.Of(_home.Look(more with { Looks = [] }));

        Assert.Equal([3], more.Looks);
        Assert.Equal([3], looked.Looks);
        Assert.False(Comparison(first).IsAlwaysValid);
        Assert.True(Comparison(planned) is { IsAlwaysValid: false, IsDecided: true });
        Assert.True(Comparison(looked) is { IsAlwaysValid: true });
        Assert.True(Comparison(looked).Low < Comparison(planned).Low);
        Assert.True(Comparison(looked).P > Comparison(planned).P);
        string sentence = Assert.Single(Assert.Single(looked.Verdicts).Sentences);
        Assert.EndsWith(
            "Seeds were added after a verdict on 3 could be seen: interval and p value are those that hold at every look.", sentence,
            StringComparison.Ordinal);
        Assert.DoesNotContain("hold at every look", planned.Verdicts[0].Sentences[0], StringComparison.Ordinal);
        string report = HtmlReport.Write(StudyReport.Of(_home.Look(more)));
        Assert.Contains(Markup.Escape(sentence), report, StringComparison.Ordinal);
        Assert.Contains("some were added after a verdict on 3 could be seen.", report, StringComparison.Ordinal);
        Assert.Equal([3, 5], _home.Look(more).WithMoreSeeds(6).Looks);
    }

    [Fact]
    public void WithMoreSeeds_BeforeAnyVerdict_NotesNothing()
    {
        Study study = StudyHome.Pair(2);
        Finish(study, 0, 1);
        Assert.Empty(_home.Look(study).WithMoreSeeds(5).Looks); // runs are still to be made
        Assert.Empty(_home.Look(StudyHome.Pair(1)).WithMoreSeeds(5).Looks); // one seed tells nothing about methods
        Finish(study, 1, 2);
        Assert.Equal([2], _home.Look(study).WithMoreSeeds(5).Looks);
        Assert.Empty(_home.Look(study).WithMoreSeeds(2).Looks); // none are added
        Assert.Empty(_home.Look(study with { IsSequential = true, MaxSeeds = 2 }).WithMoreSeeds(5).Looks); // holds at every look anyway
        Assert.Empty(_home.Look(study with { Comparison = null }).WithMoreSeeds(5).Looks);
    }

    [Fact]
    public void WithEarlierLook_RunsThatExistBeforeTheStudy_CountAsSeen()
    {
        Study study = StudyHome.Pair(5);
        Finish(study, 0, 1);
        Assert.Empty(_home.Look(study).WithEarlierLook().Looks);
        Finish(study, 1, 3);
        _home.Finish(study, 0, 3, 0.5); // without its partner
        Assert.Equal([3], _home.Look(study).WithEarlierLook().Looks);
        Finish(study, 4, 5);
        _home.Finish(study, 1, 3, 0.5);
        Assert.Empty(_home.Look(study).WithEarlierLook().Looks); // nothing is added to what could be seen
    }

    [Fact]
    public void Result_UndecidedStudy_AsksForTheSeedsThatAVerdictAtEveryLookTakes()
    {
        Study study = StudyHome.Pair(4);
        double[] gains = [0.05, -0.03, 0.04, -0.01];
        foreach (int seed in Enumerable.Range(0, 4))
        {
            _home.Finish(study, 0, seed, 0.5, 100_000);
            _home.Finish(study, 1, seed, 0.5 + gains[seed], 100_000);
        }

        StudyResult result = StudyResult.Of(_home.Look(study));
        string sentence = Assert.Single(Assert.Single(result.Verdicts).Sentences);
        SeedComparison seeds = result.Verdicts[0].Verdict.Pairs[0].Methods!.Seeds!;
        string needed = PowerEstimate.Of(null, seeds, 0.02, isAlwaysValid: true).Describe();

        Assert.Contains($"{needed} would be needed for 2 points", sentence, StringComparison.Ordinal);
        Assert.NotEqual(needed, PowerEstimate.Of(null, seeds, 0.02).Describe());
        Assert.StartsWith("The seeds are taken as chosen beforehand.", Assert.Single(result.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Result_SeedsAddedAndHardlyAnyPairs_IsNoVerdict()
    {
        Study study = StudyHome.Pair(4) with { Looks = [2] };
        foreach ((int seed, int failing) in new[] { (0, 0), (1, 0), (2, 1), (3, 1) })
        {
            _home.Finish(study, 1 - failing, seed, 0.5);
            _home.Add(_home.SpecOf(study, failing, seed), spec => [RunScript.Started(spec), new Failed(3, "It broke.", null, null)]);
        }

        Assert.Contains(
            "they cannot be compared, for their seeds do not pair", StudyResult.Of(_home.Look(study)).Verdicts[0].Sentences[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Result_RunsOfAnotherProgram_SayWhatTheyWereComputedWith()
    {
        Study study = StudyHome.Pair(2);
        foreach ((int cell, int seed) in from cell in (int[])[0, 1] from seed in (int[])[0, 1] select (cell, seed))
        {
            _home.Add(_home.SpecOf(study, cell, seed), spec =>
                [RunScript.Started(spec) with { Threads = 1 + seed }, StudyHome.Finished(0.5 + (0.1 * cell), 500)]);
        }

        Assert.Contains(
            StudyResult.Of(_home.Look(study)).Verdicts[0].Evidence,
            line => line.StartsWith("The runs were not computed alike: threads (1 and 2) differ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[0]", "looks: 0 is out of range")]
    [InlineData("[3, 9]", "looks: 9 is out of range")]
    [InlineData("[\"three\"]", "looks[0] cannot be \"three\"")]
    [InlineData("3", "looks cannot be 3")]
    public void Read_WrongLooks_NamesThem(string looks, string problem)
    {
        string file = _home.Write("study.json", $$"""{"base": {"dataset": "demo"}, "seeds": 5, "looks": {{looks}}}""");

        Assert.Contains(
            problem, Assert.Throws<InputException>(() => StudyFile.Read(file, "x")).Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LooksThatWereWritten_AreThere()
    {
        string file = _home.Write("study.json", StudyFile.Serialize(StudyHome.Pair(5) with { Looks = [2, 4] }));

        Assert.Equal([2, 4], StudyFile.Read(file, "x").Looks);
        Assert.DoesNotContain("looks", StudyFile.Serialize(StudyHome.Pair()), StringComparison.Ordinal); // older programs read it
    }

    private void Finish(Study study, int from, int to)
    {
        for (int seed = from; seed < to; seed++)
        {
            _home.Finish(study, 0, seed, 0.5, 100_000);
            _home.Finish(study, 1, seed, 0.5 + Gains[seed], 100_000);
        }
    }

    private static CellComparison Comparison(StudyResult result) => Assert.Single(Assert.Single(result.Verdicts).Comparisons);
}
