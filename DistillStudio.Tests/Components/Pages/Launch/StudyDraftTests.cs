using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Tests.Components.Pages.Launch;

public class StudyDraftTests
{
    private static readonly LaunchChoices Choices = new(
        [new("demo", ["demo"], 2000, []), new("cqa", ["palm", "gpt"], 8766, []), new("svamp", [], 700, [])],
        [
            new("demo", "demo", false, 300_000), new("mini", "/home/ada/a, b/100% mini", true, 31_000_000),
            new("pointer", "pointer", true, 31_000_000, "pointer is a Git LFS pointer."),
        ],
        ["auto", "cpu"]);

    [Fact]
    public void Of_EachPreset_MakesTheStudyThatTheCommandLineMakes()
    {
        foreach (StudyPreset preset in StudyPreset.All)
        {
            var draft = StudyDraft.Of(preset, new LaunchDraft(RunDefaults.Demo), Choices);
            Study study = draft.ToStudy();

            Assert.Equal(preset, draft.Preset);
            Assert.Empty(draft.Problems(Choices));
            Assert.Equal(5, study.Seeds.Count);
            using var home = new TempFolder();
            Assert.Equal(
                StudyGrid.Of(preset.Create(null, RunDefaults.Demo with { Draw = DataDraw.Nested }), home.Home).Runs.Select(run => run.Key),
                StudyGrid.Of(study, home.Home).Runs.Select(run => run.Key));
            Assert.Equal(MethodNames.Standard, Assert.Single(study.Comparison!.Baseline).Text);
        }
    }

    [Fact]
    public void Problems_AModelThatCannotBeUsed_NameIt() =>
        Assert.Contains(
            "pointer is a Git LFS pointer.", Read("launch/study?dataset=cqa&from_pretrained=pointer").Problems(Choices)[^1],
            StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("launch/study?dataset=demo&model_type=standard,task_prefix&subsample=0.25,1&seeds=2&max_steps=40&eval-limit=60")]
    [InlineData(
        "launch/study?dataset=cqa&model_type=task_prefix&llm=gpt,palm&alpha=0.3,0.7&baseline=alpha:0.7&margin=0.03&sequential=1&max-seeds=9&study=Mine&notes=why")]
    [InlineData("launch/study?dataset=demo&from_pretrained=demo,%2Fhome%2Fada%2Fa%252C+b%2F100%2525+mini")]
    [InlineData("launch/study?dataset=demo&subsample=0.5,1&draw=original&run=7")]
    [InlineData("launch/study?dataset=demo&alpha=,,&seeds=many&max_steps=x&model_type=no,%00&margin=7&baseline=nonsense")]
    public void Write_AnyDraft_IsReadBackTheSame(string address)
    {
        StudyDraft draft = Read(address);
        StudyDraft again = Read(draft.Write().Under("launch/study"));

        Assert.Equal(StudyFile.Serialize(draft.ToStudy()), StudyFile.Serialize(again.ToStudy()));
        Assert.Equal(draft.Problems(Choices), again.Problems(Choices));
        Assert.Equal(draft.Write().Under("x"), again.Write().Under("x"));
    }

    [Fact]
    public void Read_AddressWithAGrid_HasItsStudy()
    {
        Study study = Read(
            "launch/study?dataset=cqa&model_type=task_prefix&llm=gpt,palm&alpha=0.3,0.7&baseline=alpha:0.7&margin=0.03&sequential=1&max-seeds=9&run=4&seeds=2")
                .ToStudy();

        Assert.Equal(
            [("llm", "gpt palm"), ("alpha", "0.3 0.7")], study.Axes.Select(axis => (axis.Setting.JsonName, string.Join(' ', axis.Values))));
        Assert.Equal(MethodNames.TaskPrefix, study.Base.Method);
        Assert.Equal([4, 5], study.Seeds);
        Assert.Equal(
            ("alpha", "0.7", 0.03),
            (study.Comparison!.Baseline[0].Setting.JsonName, study.Comparison.Baseline[0].Text, study.Comparison.Margin));
        Assert.Equal((true, 9, DataDraw.Nested), (study.IsSequential, study.MaxSeeds, study.Base.Draw));
    }

    [Fact]
    public void Read_ModelsWhosePathsHoldCommas_KeepsThem()
    {
        StudyDraft draft = Read("launch/study").With(SettingsTable.FromPretrained, ["demo", "/home/ada/a, b/100% mini"], Choices);

        Assert.Equal(
            ["demo", "/home/ada/a, b/100% mini"], Read(draft.Write().Under("launch/study")).ValuesOf(SettingsTable.FromPretrained));
    }

    [Fact]
    public void Problems_OfWhatWasTyped_NameTheFieldAndNoFile()
    {
        string[] problems = [
            .. new[]
            {
                "alpha=0.3,many",
                "alpha=0.3,3",
                "seeds=0",
                "seeds=5000",
                "subsample=0.5,0.5",
                "max_steps=0",
                "sequential=1&baseline=none",
                "alpha=0.1,0.2&subsample=0.1,0.2,0.3&seeds=1000",
            }
            .Select(query => Read($"launch/study?dataset=demo&model_type=standard,task_prefix&{query}").Problems(Choices)[0])];

        Assert.DoesNotContain(problems, problem =>
            problem.Contains("axes[", StringComparison.Ordinal) || problem.StartsWith("base:", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("many", problems[0], StringComparison.Ordinal);
        Assert.Contains("out of range", problems[1], StringComparison.Ordinal);
        Assert.StartsWith("Seeds must be a whole number from 1", problems[2], StringComparison.Ordinal);
        Assert.StartsWith("Seeds must be a whole number from 1", problems[3], StringComparison.Ordinal);
        Assert.Contains("twice", problems[4], StringComparison.Ordinal);
        Assert.Contains("out of range", problems[5], StringComparison.Ordinal);
        Assert.Contains("decided", problems[6], StringComparison.Ordinal);
        Assert.Contains("fewer values or seeds", problems[7], StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeedsAlone_KeepsThemWithTheUsualGrid()
    {
        StudyDraft draft = Read("launch/study?seeds=0");

        Assert.Equal("Seeds must be a whole number from 1 to 1,000.", draft.SeedsProblem);
        Assert.Equal(StudyPreset.All[0], draft.Preset);
    }

    [Fact]
    public void Of_ExistingStudy_MakesOneLikeIt()
    {
        Study study = StudyPreset.Find("alpha-sweep")!.Create(
            "Mine", RunDefaults.Demo with { MaxSteps = 70, Draw = DataDraw.Nested, Seed = 3 }, 4) with
        {
            IsSequential = true,
            MaxSeeds = 11,
            Notes = "n",
            Comparison = new([new(SettingsTable.Alpha, "0.3")], 0.01),
        };

        Study again = StudyDraft.Of(study, Choices).ToStudy();

        Assert.True(again.IsSameQuestion(study));
        Assert.Equal(
            (study.Name, study.Notes, study.IsSequential, study.MaxSeeds), (again.Name, again.Notes, again.IsSequential, again.MaxSeeds));
        Assert.Equal(study.Seeds, again.Seeds);
    }

    private static StudyDraft Read(string address) =>
        StudyDraft.Read(PageQuery.Of(new At(address)), Choices)
            ?? StudyDraft.Of(StudyPreset.All[0], new LaunchDraft(RunDefaults.Demo), Choices);

    private sealed class At : NavigationManager
    {
        public At(string address) => Initialize("http://studio/", $"http://studio/{address}");
    }
}
