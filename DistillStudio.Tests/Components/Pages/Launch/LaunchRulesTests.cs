using DistillStudio.Components.Pages.Launch;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Components.Pages.Launch;

public class LaunchRulesTests
{
    private static readonly RunSpec Spec =
        RunScript.Spec() with { Dataset = "cqa", Method = MethodNames.SeveralTeachers, Teacher = "gpt,mine" };

    [Theory]
    [InlineData(MethodNames.SeveralTeachers, "gpt,mine", "gpt,mine")]
    [InlineData(MethodNames.SeveralTeachers, "mine", "mine,palm")]
    [InlineData(MethodNames.SeveralTeachers, "mine,gone", "mine,palm")]
    [InlineData(MethodNames.SeveralTeachers, null, "palm,gpt")]
    [InlineData(MethodNames.TaskPrefix, "gpt,mine", "gpt")]
    [InlineData(MethodNames.ManyRationales, "gone", "palm")]
    public void Settle_Teachers_AreThoseThatTheMethodTakesAndTheDatasetHas(string method, string? chosen, string settled)
    {
        RunSpec spec = LaunchRules.Settle(Spec with { Method = method, Teacher = chosen }, Choices("palm", "gpt", "mine"));
        Assert.Equal((method, settled), (spec.Method, spec.Teacher));
        Assert.Empty(RunSpecRules.Check(spec));
    }

    [Fact]
    public void Settle_SeveralTeachersOfADatasetWithOne_IsStepByStep()
    {
        LaunchChoices choices = Choices("palm");
        RunSpec spec = LaunchRules.Settle(Spec, choices);
        Assert.Equal((MethodNames.TaskPrefix, "palm"), (spec.Method, spec.Teacher));
        Assert.Equal(
            "cqa has one teacher only, palm.", LaunchRules.WhyNotMethod(MethodNames.SeveralTeachers, LaunchRules.DatasetOf(Spec, choices)));
    }

    private static LaunchChoices Choices(params string[] teachers) => new([new("cqa", teachers, 100, [])], [], ["auto"]);
}
