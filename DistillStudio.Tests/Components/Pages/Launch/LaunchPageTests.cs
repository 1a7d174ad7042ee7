using System.Runtime.InteropServices;
using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages.Launch;

/// <summary>The form that starts runs: what does not go together cannot be chosen and says why.</summary>
public sealed partial class LaunchPageTests : StudioContext
{
    private readonly KnownFacts _facts = new();

    public LaunchPageTests() => Services.AddSingleton<ILaunchFacts>(_facts);

    [Fact]
    public void Dataset_WithoutTeacher_BarsRationalesTeacherLabelsAndThePair()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>(
            "launch?dataset=svamp&from_pretrained=trained&model_type=task_prefix&llm=palm");

        AssertBarred(page, "task_prefix", "svamp has no teacher's rationales.");
        AssertBarred(page, "single_task", "svamp has no teacher's rationales.");
        AssertBarred(page, "llm", "svamp has no teacher's labels.");
        Assert.True(Radio(page, "standard").HasAttribute("checked")); // the nearest that goes
        Assert.True(Button(page, "Launch pair").HasAttribute("disabled"));
        Assert.Contains("A pair needs rationales, but svamp has no teacher.", page.Find(".go").TextContent, StringComparison.Ordinal);
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
        Assert.DoesNotContain("--llm", CommandLine(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StandardOnTruth_HasNoUseForTeacherAndAlpha_AndSaysWhy()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=trained&model_type=standard");

        Assert.Contains("Standard training on true labels uses no teacher.", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Standard training has one loss: there is nothing to weight.", page.Markup, StringComparison.Ordinal);
        Assert.True(page.Find("input[type=range]").HasAttribute("disabled"));
        Assert.True(page.Find("#field-Alpha").HasAttribute("disabled"));

        await page.InvokeAsync(() => Radio(page, "task_prefix").Change("task_prefix"));
        Assert.False(page.Find("input[type=range]").HasAttribute("disabled"));
        Assert.Contains("--llm gpt", CommandLine(page), StringComparison.Ordinal); // the dataset's teacher comes by itself
    }

    [Fact]
    public void SingleTask_HasOneLoss_SoNoAlpha()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>(
            "launch?dataset=cqa&from_pretrained=trained&model_type=single_task&llm=palm");
        Assert.Contains("Single task has one target, label and rationale together, and one loss.", page.Markup, StringComparison.Ordinal);
        Assert.True(page.Find("#field-Alpha").HasAttribute("disabled"));
    }

    [Fact]
    public void Model_WithoutWeights_StartsFromRandomOnes()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=bare&llm=palm");
        Assert.Contains("bare has no weights, so training starts from random ones.", page.Markup, StringComparison.Ordinal);
        Assert.Contains("--init random", CommandLine(page), StringComparison.Ordinal);
    }

    [Fact]
    public void Model_WithWeightsThatCannotBeUsed_SaysWhy_AndNeverStartsFromRandomOnes()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=broken&llm=palm");

        Assert.Contains("model.safetensors is a Git LFS pointer.", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("has no weights", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("--init", CommandLine(page), StringComparison.Ordinal);
        Assert.Contains("Git LFS pointer", page.Find(".problems").TextContent, StringComparison.Ordinal);
        AssertNothingCanBeLaunched(page);
    }

    [Fact]
    public void Model_WithWeightsThatCannotBeUsed_RandomOnesAskedFor_CanBeLaunched()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=broken&llm=palm&init=random");

        Assert.Empty(page.FindAll(".problems"));
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Examination_FilesThatARunCannotRead_NothingCanBeLaunchedUntilAnotherChoice()
    {
        _facts.Trouble = "elsewhere/config.json does not exist.";
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=elsewhere&llm=palm");
        page.WaitForAssertion(() => Assert.Equal(_facts.Trouble, page.Find(".trouble").TextContent), TimeSpan.FromSeconds(10));
        AssertNothingCanBeLaunched(page);

        _facts.Trouble = null;
        await page.InvokeAsync(() => page.Find("#field-FromPretrained").Input("trained"));
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
    }

    [Theory]
    [InlineData("MaxSteps", "0", "Steps must be a whole number, 1 or more.")]
    [InlineData("MaxSteps", "", "Steps must be a whole number, 1 or more.")]
    [InlineData("MaxSteps", "99999999999", "Steps must be a whole number, 1 or more and at most 2147483647.")]
    [InlineData("BatchSize", "many", "Batch size must be a whole number from 1 to 65536.")]
    [InlineData("Alpha", "2", "Alpha must be a number from 0 to 1.")]
    [InlineData("LearningRate", "-1", "Learning rate must be a number above 0 and up to 10, such as 5e-5.")]
    public async Task Field_WithABadValue_SaysSo_AndNothingCanBeLaunched(string field, string value, string problem)
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=trained&llm=palm");
        await page.InvokeAsync(() => page.Find("section[aria-label=Advanced] summary").Click());
        string good = page.Find($"#field-{field}").GetAttribute("value")!;

        await page.InvokeAsync(() => page.Find($"#field-{field}").Input(value));
        Assert.Contains(problem, page.Find(".problems").TextContent, StringComparison.Ordinal);
        Assert.True(Button(page, "Launch pair").HasAttribute("disabled"));
        Assert.True(Button(page, "Launch this run").HasAttribute("disabled"));

        await page.InvokeAsync(() => page.Find($"#field-{field}").Input(good));
        Assert.Empty(page.FindAll(".problems"));
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
    }

    [Theory]
    [InlineData("alpha=x", "Alpha", "Alpha must be a number from 0 to 1.")]
    [InlineData("alpha=7", "Alpha", "Alpha must be a number from 0 to 1.")]
    [InlineData("batch_size=1e3", "BatchSize", "Batch size must be a whole number from 1 to 65536.")]
    [InlineData("lr=fast", "LearningRate", "Learning rate must be a number above 0 and up to 10, such as 5e-5.")]
    public void Link_WithABadNumber_HasItInItsField_WithWhatToEnter(string query, string field, string problem)
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>($"launch?dataset=cqa&from_pretrained=trained&llm=palm&{query}");

        IElement input = page.Find($"#field-{field}"); // shown even if it is an advanced one
        Assert.Equal(query.Split('=')[1], input.GetAttribute("value"));
        Assert.Equal("true", input.GetAttribute("aria-invalid"));
        Assert.Contains(problem, page.Find($".mud-input-control:has(#field-{field})").TextContent, StringComparison.Ordinal);
        AssertNothingCanBeLaunched(page);
    }

    [Fact]
    public void Link_WithoutDatasetAndModel_IsAboutTheDemo()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?alpha=x");

        Assert.Equal(["Alpha must be a number from 0 to 1."], page.FindAll(".problems li").Select(problem => problem.TextContent));
        Assert.Contains("--dataset demo", CommandLine(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_type=magic", "model_type=magic has no effect; give standard, task_prefix,")]
    [InlineData("like=nothing", "like=nothing has no effect; give the id of a run that is here.")]
    [InlineData("colour=red", "colour=red has no effect: this page has no such setting.")]
    public void Link_WithABadChoice_SaysSo_AndTheRestCounts(string query, string problem)
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>($"launch?dataset=cqa&from_pretrained=trained&llm=palm&{query}");

        Assert.Contains(problem, page.Find(".link-notice").TextContent, StringComparison.Ordinal);
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
        page.Find(".link-notice button").Click();
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".link-notice")));
    }

    [Fact]
    public async Task Pair_Launched_DiffersInTheMethodAlone()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>(
            "launch?dataset=cqa&from_pretrained=trained&model_type=standard&run=5&batch_size=7");

        await page.InvokeAsync(() => Button(page, "Launch pair").Click());

        IReadOnlyList<RunSummary> waiting = Bench.Queue.Waiting();
        Assert.Equal(["standard", "task_prefix"], waiting.Select(r => r.Spec.Method));
        Assert.Equal(waiting[0].Spec with { Method = "task_prefix" }, waiting[1].Spec);
        Assert.Equal((5, 7), (waiting[0].Spec.Seed, waiting[0].Spec.BatchSize));
        Assert.StartsWith("compare?runs=", Address, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_NoEarlierRun_IsMeasured_AndSaysWhereItComesFrom()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=trained&llm=palm&max_steps=1000");

        page.WaitForAssertion(
            () => Assert.Contains("measuring…", page.Find(".time").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        _facts.Measured.SetResult(new StepTime(0.3, 12, null));
        page.WaitForAssertion(
            () => Assert.Contains("about 5 minutes", page.Find(".time").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Contains("300 ms per step, measured over 12 steps", page.Find(".time").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_DeviceBusy_SaysThatInsteadOfAFigure()
    {
        _facts.Measured.SetResult(StepTime.Unknown("measured when no run is training or queued"));
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=trained&llm=palm");
        page.WaitForAssertion(
            () => Assert.Contains("no run is training", page.Find(".time").TextContent, StringComparison.Ordinal),
            TimeSpan.FromSeconds(10));
        Assert.DoesNotContain("about", page.Find(".time").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_EarlierRunLikeIt_IsTakenFromThat_AndNothingIsMeasured()
    {
        Add("earlier");
        _facts.Earlier = (0.5, "earlier");
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=trained&llm=palm&max_steps=120");
        page.WaitForAssertion(
            () => Assert.Contains("about a minute", page.Find(".time").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Contains("measured in earlier", page.Find(".time a").TextContent, StringComparison.Ordinal);
        Assert.False(_facts.IsAskedToMeasure);
    }

    [Fact]
    public async Task Choice_ChangedWhileItIsMeasured_EndsTheMeasurement()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=trained&llm=palm");
        await Eventually.Holds(() => _facts.IsAskedToMeasure);

        await page.InvokeAsync(() => page.Find("#field-BatchSize").Input("3"));

        Assert.True(_facts.Stop.IsCancellationRequested);
        Assert.DoesNotContain("about", page.Find(".time").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Facts_DataThatCannotBeRead_TellTheSentence()
    {
        _facts.Trouble = "cqa/train.json is cut off at line 7; fetch it again.";
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=trained&llm=palm");
        page.WaitForAssertion(() => Assert.Equal(_facts.Trouble, page.Find(".trouble").TextContent), TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException), "Unexpected error: the disk is on fire.")]
    [InlineData(typeof(IOException), "Unexpected error: the disk is on fire.")]
    [InlineData(typeof(ExternalException), "Unexpected error: the disk is on fire.")]
    [InlineData(typeof(OutOfMemoryException), "Out of memory; use smaller batches, shorter inputs or a smaller model.")]
    [InlineData(typeof(OperationCanceledException), "Unexpected error: the disk is on fire.")]
    public void Examination_ThatFailsInAnyWay_SaysSoInItsBox(Type failure, string sentence)
    {
        _facts.Failure = (Exception)Activator.CreateInstance(failure, "the disk is on fire.\nat frame 1")!;
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&llm=palm");
        page.WaitForAssertion(() => Assert.Equal(sentence, page.Find(".facts .trouble").TextContent), TimeSpan.FromSeconds(10));
        Assert.Equal("false", page.Find(".facts").GetAttribute("aria-busy"));
    }

    [Fact]
    public void Measurement_ThatFails_SaysSoUnderTheTime_AndLeavesTheFacts()
    {
        _facts.Measured.SetException(new TypeInitializationException("TorchSharp.torch", new DllNotFoundException("libtorch is not here")));
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&llm=palm");
        page.WaitForAssertion(
            () => Assert.Contains("Unexpected error: The type initializer", page.Find(".time").TextContent, StringComparison.Ordinal),
            TimeSpan.FromSeconds(10));
        Assert.Contains("1,000", page.Find(".facts").TextContent, StringComparison.Ordinal);
    }

    private static void AssertBarred(IRenderedComponent<LaunchPage> page, string value, string why)
    {
        Assert.True(Radio(page, value).HasAttribute("disabled"));
        Assert.Contains(why, Radio(page, value).ParentElement!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Methods_HaveTheColourOfTheirCurves_LabelsHaveNone()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch");

        foreach (string method in new[] { MethodNames.Standard, MethodNames.TaskPrefix })
        {
            Assert.Contains(
                SeriesPalette.Css(MethodColors.Slot(method)),
                Radio(page, method).ParentElement!.QuerySelector(".swatch")!.GetAttribute("style"), StringComparison.Ordinal);
        }

        Assert.Null(Radio(page, "gt").ParentElement!.QuerySelector(".swatch"));
    }

    private static IElement Radio(IRenderedComponent<LaunchPage> page, string value) => page.Find($"input[type=radio][value={value}]");

    private static IElement Button(IRenderedComponent<LaunchPage> page, string text) =>
        page.FindAll("button").Single(b => b.TextContent.Contains(text, StringComparison.Ordinal));

    private static string CommandLine(IRenderedComponent<LaunchPage> page) => page.Find(".copy-box pre").TextContent;

    private static void AssertNothingCanBeLaunched(IRenderedComponent<LaunchPage> page) =>
        Assert.All(["Launch pair", "Launch this run"], name => Assert.True(Button(page, name).HasAttribute("disabled")));
}
