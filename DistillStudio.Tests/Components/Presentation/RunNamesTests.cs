using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Presentation;

public sealed class RunNamesTests
{
    private static readonly RunSpec StepByStep = RunScript.Spec() with { Method = MethodNames.TaskPrefix, Teacher = "palm", Name = null };

    private static readonly RunSpec Standard = RunScript.Spec() with { Method = MethodNames.Standard, Teacher = null, Name = null };

    [Fact]
    public void Of_NamedRuns_UsesTheNames() =>
        Assert.Equal(["mine", "asked"], RunNames.Of([Run(Standard) with { Name = "mine" }, Run(StepByStep with { Name = "asked" })]));

    [Fact]
    public void Of_EqualNames_AppendsTheMethod() => Assert.Equal(
        ["pair, standard", "pair, step-by-step"],
        RunNames.Of([Run(Standard with { Name = "pair" }), Run(StepByStep with { Name = "pair" })]));

    [Fact]
    public void Of_EqualNamesAndSettings_AreNumbered() =>
        Assert.Equal(["same (1)", "same (2)"], RunNames.Of([Run(Standard) with { Name = "same" }, Run(Standard) with { Name = "same" }]));

    [Fact]
    public void Of_OneNamedAmongOthers_TellsTheOthersBySettings() => Assert.Equal(
        ["mine", "Step-by-step, alpha 0.1", "Step-by-step, alpha 0.9"],
        RunNames.Of([Run(Standard) with { Name = "mine" }, Run(StepByStep with { Alpha = 0.1 }), Run(StepByStep with { Alpha = 0.9 })]));

    [Fact]
    public void Of_RunsOfAStudy_TellsTheSettingsNotTheStudy() => Assert.Equal(
        ["alpha 0.1", "alpha 0.9"],
        RunNames.Of(
        [
            Run(StepByStep with { Alpha = 0.1, Seed = 1, Name = "three-fractions demo: alpha 0.1, seed 1" }),
            Run(StepByStep with { Alpha = 0.9, Seed = 1, Name = "three-fractions demo: alpha 0.9, seed 1" }),
        ]));

    [Fact]
    public void Of_RunsThatDifferInMuch_NameOnlyWhatTellsThemApart()
    {
        RunSpec[] specs =
        [
            Standard with { Seed = 0 }, Standard with { Seed = 1 }, StepByStep with { Alpha = 0.3, Patience = 2, SaveSteps = 7 },
            StepByStep with { Alpha = 0.7, WarmupSteps = 5, KeepCheckpoints = 4, EvalSteps = 20 },
        ];

        Assert.Equal(
            [
                "Standard, random seed 0", "Standard, random seed 1", "Step-by-step, alpha 0.3, random seed 0",
                "Step-by-step, alpha 0.7, random seed 0",
            ],
            RunNames.Of([.. specs.Select(Run)]));
    }

    private static RunSummary Run(RunSpec spec) => RunScript.Summary("run", RunState.Finished, spec);
}
