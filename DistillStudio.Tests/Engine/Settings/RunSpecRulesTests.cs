using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Settings;

public class RunSpecRulesTests
{
    private static readonly RunSpec Good = new() { Dataset = "cqa", FromPretrained = "models/t5", Teacher = "palm" };

    public static TheoryData<string, RunSpec, string> Wrong => new()
    {
        { nameof(RunSpec.Dataset), Good with { Dataset = "" }, "missing" },
        { nameof(RunSpec.Dataset), Good with { Dataset = "image/net" }, "cqa, svamp, esnli, anli1, asdiv, demo" },
        { nameof(RunSpec.Dataset), Good with { Dataset = "../cqa" }, "../cqa" },
        { nameof(RunSpec.DataDir), Good with { DataDir = "" }, "folder" },
        { nameof(RunSpec.FromPretrained), Good with { FromPretrained = "" }, "missing" },
        { nameof(RunSpec.FromPretrained), Good with { FromPretrained = "a\0" }, "folder" },
        { nameof(RunSpec.Init), Good with { Init = (ModelInit)7 }, "random" },
        { nameof(RunSpec.Teacher), Good with { Teacher = "palm,gpt" }, "several_teachers" },
        { nameof(RunSpec.Teacher), Good with { Teacher = "palm", Method = MethodNames.SeveralTeachers }, "at least two" },
        { nameof(RunSpec.Teacher), Good with { Teacher = "palm,palm", Method = MethodNames.SeveralTeachers }, "at least two" },
        { nameof(RunSpec.Teacher), Good with { Teacher = "palm,,gpt", Method = MethodNames.SeveralTeachers }, "not a teacher's name" },
        {
            nameof(RunSpec.TeacherWeights),
            Good with { Teacher = "palm,gpt", Method = MethodNames.SeveralTeachers, TeacherWeights = "1,-1" },
            "not a list of weights"
        },
        {
            nameof(RunSpec.TeacherWeights),
            Good with { Teacher = "palm,gpt", Method = MethodNames.SeveralTeachers, TeacherWeights = "1,1,1" },
            "3 weights for 2 teachers"
        },
        { nameof(RunSpec.Rationales), Good with { Method = MethodNames.ManyRationales, Rationales = 0 }, "out of range" },
        { nameof(RunSpec.Method), Good with { Method = "two_step" }, "single_task" },
        { nameof(RunSpec.LabelSource), Good with { LabelSource = (LabelSource)7 }, "gt or llm" },
        { nameof(RunSpec.Teacher), Good with { Teacher = null }, "without rationales" },
        { nameof(RunSpec.Teacher), Good with { Teacher = null, Method = MethodNames.SingleTask }, "without rationales" },
        {
            nameof(RunSpec.Teacher),
            Good with { Teacher = null, Method = MethodNames.Standard, LabelSource = LabelSource.Llm },
            "without labels"
        },
        { nameof(RunSpec.Teacher), Good with { Teacher = "../palm" }, "../palm" },
        { nameof(RunSpec.Alpha), Good with { Alpha = -0.1 }, "from 0 to 1" },
        { nameof(RunSpec.Alpha), Good with { Alpha = 1.1 }, "1.1" },
        { nameof(RunSpec.Alpha), Good with { Alpha = double.NaN }, "nan" },
        { nameof(RunSpec.Subsample), Good with { Subsample = 0 }, "above 0" },
        { nameof(RunSpec.Subsample), Good with { Subsample = 1.5 }, "up to 1" },
        { nameof(RunSpec.MaxSteps), Good with { MaxSteps = 0 }, "1 or more" },
        { nameof(RunSpec.EvalSteps), Good with { EvalSteps = -5 }, "-5" },
        { nameof(RunSpec.BatchSize), Good with { BatchSize = 0 }, "from 1" },
        { nameof(RunSpec.BatchSize), Good with { BatchSize = 65_537 }, "65536" },
        { nameof(RunSpec.GradSteps), Good with { GradSteps = 0 }, "from 1" },
        { nameof(RunSpec.OptimizerName), Good with { OptimizerName = (OptimizerName)9 }, "AdamW or Adafactor" },
        { nameof(RunSpec.LearningRate), Good with { LearningRate = 0 }, "above 0" },
        { nameof(RunSpec.LearningRate), Good with { LearningRate = double.PositiveInfinity }, "up to 10" },
        { nameof(RunSpec.WarmupSteps), Good with { WarmupSteps = -1 }, "from 0" },
        { nameof(RunSpec.WarmupSteps), Good with { WarmupSteps = 10_001 }, "10000 steps" },
        { nameof(RunSpec.LrSchedule), Good with { LrSchedule = (LrSchedule)9 }, "linear, constant or cosine" },
        { nameof(RunSpec.Seed), Good with { Seed = -1 }, "0 or more" },
        { nameof(RunSpec.MaxInputLength), Good with { MaxInputLength = 1 }, "from 2" },
        { nameof(RunSpec.GenMaxLen), Good with { GenMaxLen = 5000 }, "4096" },
        { nameof(RunSpec.Device), Good with { Device = "gpu" }, "cuda:n" },
        { nameof(RunSpec.Device), Good with { Device = "cuda:-1" }, "cuda:-1" },
        { nameof(RunSpec.Threads), Good with { Threads = 0 }, "from 1" },
        { nameof(RunSpec.EvalLimit), Good with { EvalLimit = 0 }, "1 or more" },
        { nameof(RunSpec.Keep), Good with { Keep = (KeepModel)3 }, "best or last" },
        { nameof(RunSpec.Name), Good with { Name = new string('n', 201) }, "200" },
        { nameof(RunSpec.Name), Good with { Name = "two\nlines" }, "control" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Check_OneWrongProperty_GivesOneSentenceWithFlagAndFix(string property, RunSpec spec, string part)
    {
        SpecProblem problem = Assert.Single(RunSpecRules.Check(spec));

        Assert.Equal(property, problem.Property);
        Assert.StartsWith(SettingsTable.Of(property).Flag + " ", problem.Message);
        Assert.Contains(part, problem.Message, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith(".", problem.Message);
        Assert.DoesNotContain("--", problem.OfField, StringComparison.Ordinal); // a form has fields, not flags
    }

    [Fact]
    public void OfField_ProblemThatNamesAnotherSetting_NamesItsField() => Assert.Contains(
        "40 steps; raise “Steps”, or branch earlier.",
        RunSpecRules.Check(Good with { Branch = "r", BranchStep = 100, MaxSteps = 40 }).Single(p => p.Setting == SettingsTable.BranchStep)
            .OfField, StringComparison.Ordinal);

    [Fact]
    public void Check_StepsThatAreNone_AreTheOnlyProblem() => Assert.Equal(
        SettingsTable.MaxSteps,
        Assert.Single(RunSpecRules.Check(Good with { MaxSteps = -3, WarmupSteps = 5, Branch = "r", BranchStep = 100 })).Setting);

    [Fact]
    public void Check_GoodSpecs_FindsNothing()
    {
        Assert.Empty(RunSpecRules.Check(Good));
        Assert.Empty(RunSpecRules.Check(Good with { Teacher = null, Method = MethodNames.Standard }));
        Assert.Empty(
            RunSpecRules.Check(
                Good with { Alpha = 0, Subsample = 1, Device = "cuda:3", Teacher = "my-teacher_2.0", DataDir = "..", Name = "Übung №1" }));
    }

    [Fact]
    public void Require_SeveralProblems_ThrowsThemAll()
    {
        RunSpec spec = Good with { Alpha = 2, BatchSize = 0, LearningRate = -1, Device = "tpu" };

        var refused = Assert.Throws<InputException>(() => RunSpecRules.Require(spec));

        Assert.Equal(4, refused.Problems.Count);
    }

    [Theory]
    [InlineData(nameof(RunSpec.BatchSize), "--batch_size")]
    [InlineData(nameof(RunSpec.Bf16), "--bf16")]
    [InlineData(nameof(RunSpec.FromPretrained), "--from_pretrained")]
    [InlineData(nameof(RunSpec.DataDir), "--data-dir")]
    [InlineData(nameof(RunSpec.KeepBlankLabels), "--keep-blank-labels")]
    [InlineData(nameof(RunSpec.WarmupSteps), "--warmup-steps")]
    [InlineData(nameof(RunSpec.LrSchedule), "--lr-schedule")]
    public void Flag_OfASetting_IsSpelledAsTheOriginalWhereThatHasIt(string property, string flag) =>
        Assert.Equal(flag, SettingsTable.Of(property).Flag);
}
