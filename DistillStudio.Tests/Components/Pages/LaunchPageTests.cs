using System.Runtime.InteropServices;
using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Components.Pages;

/// <summary>The form that starts runs: what does not go together cannot be chosen and says why.</summary>
public sealed class LaunchPageTests : StudioContext
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
    public void Branch_OfARun_KeepsWhatIsFixedAndNamesWhatChanges()
    {
        using var folder = new TempFolder();
        folder.Write("spec.json", "{}");
        folder.Write("checkpoints/step-000400.safetensors", "x");
        Add("parent", run => run with { Folder = folder.Path }, spec: RunScript.Spec() with
        {
            Dataset = "cqa",
            FromPretrained = "trained",
            Alpha = 0.3,
            EvalLimit = 50,
        });

        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?branch=parent&at=400&alpha=0.7");

        Assert.True(page.Find("#field-BatchSize").HasAttribute("disabled"));
        Assert.Contains("A branch keeps this as it was.", page.Markup, StringComparison.Ordinal);
        Assert.Contains("alpha 0.3 → 0.7", page.Find(".branch").TextContent, StringComparison.Ordinal);
        Assert.Equal("dotnet run --project DistillStudio -- train --alpha 0.7 --branch parent --at 400", CommandLine(page).TrimEnd());
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
        Assert.Contains("branch=parent&at=400", Address, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("branch=parent&at=400&batch_size=64", "Cannot change in a branch; leave it as it was, 16,")]
    [InlineData("branch=parent&at=7", "Step 7 is no checkpoint of this run")]
    [InlineData("branch=parent&at=x", "x is not valid")]
    [InlineData("branch=parent", "Is missing; name the step of a checkpoint")]
    [InlineData("branch=gone&at=400", "There is no run gone to branch from")]
    public void Branch_ThatCannotBe_SaysWhyAtItsField(string query, string why)
    {
        using var folder = new TempFolder();
        folder.Write("spec.json", "{}");
        folder.Write("checkpoints/step-000400.safetensors", "x");
        Add("parent", run => run with { Folder = folder.Path });

        Assert.Contains(why, Open<LaunchPage>($"launch?{query}").Markup, StringComparison.Ordinal);
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
    }

    [Theory]
    [InlineData("MaxSteps", "0", "Steps:")]
    [InlineData("MaxSteps", "", "This is empty")]
    [InlineData("BatchSize", "many", "many is not valid")]
    [InlineData("Alpha", "2", "Alpha:")]
    [InlineData("LearningRate", "-1", "Learning rate:")]
    public async Task Field_WithABadValue_SaysSo_AndNothingCanBeLaunched(string field, string value, string problem)
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&from_pretrained=trained&llm=palm");
        await page.InvokeAsync(() => page.Find("details summary").Click());
        string good = page.Find($"#field-{field}").GetAttribute("value")!;

        await page.InvokeAsync(() => page.Find($"#field-{field}").Input(value));
        Assert.Contains(problem, page.Find(".problems").TextContent, StringComparison.Ordinal);
        Assert.True(Button(page, "Launch pair").HasAttribute("disabled"));
        Assert.True(Button(page, "Launch this run").HasAttribute("disabled"));

        await page.InvokeAsync(() => page.Find($"#field-{field}").Input(good));
        Assert.Empty(page.FindAll(".problems"));
        Assert.False(Button(page, "Launch this run").HasAttribute("disabled"));
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
            () => Assert.Contains("about 5 m 00 s", page.Find(".time").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
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
            () => Assert.Contains("about 1 m 00 s", page.Find(".time").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
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

    private static IElement Radio(IRenderedComponent<LaunchPage> page, string value) => page.Find($"input[type=radio][value={value}]");

    private static IElement Button(IRenderedComponent<LaunchPage> page, string text) =>
        page.FindAll("button").Single(b => b.TextContent.Contains(text, StringComparison.Ordinal));

    private static string CommandLine(IRenderedComponent<LaunchPage> page) => page.Find(".copy-box pre").TextContent;

    /// <summary>Two datasets, two models, and figures that a test decides.</summary>
    private sealed class KnownFacts : ILaunchFacts
    {
        public TaskCompletionSource<StepTime> Measured { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public (double SecondsPerStep, string From)? Earlier { get; set; }

        public string? Trouble { get; set; }

        public Exception? Failure { get; set; }

        public bool IsAskedToMeasure { get; private set; }

        public CancellationToken Stop { get; private set; }

        public LaunchChoices Choices() => new(
            [new("cqa", ["gpt", "palm"], 1000, []), new("svamp", [], 500, [])],
            [
                new("trained", "trained", HasWeights: true, 31_000_000), new("bare", "bare", HasWeights: false, 31_000_000),
                new("broken", "broken", HasWeights: true, 31_000_000, "model.safetensors is a Git LFS pointer."),
            ],
            ["auto", "cpu"]);

        public Task<LaunchFacts> ExamineAsync(RunSpec spec, CancellationToken stop) =>
            (Failure ?? (Trouble is null ? null : new InputException(Trouble))) is not { } failure
            ? Task.FromResult(
                new LaunchFacts(
                    1000, 100, 200, 0, new(20, 40, 60, 0, 500), new(3, 5, 9, 0, 500), new(30, 50, 80, 0, 500), 15.6,
                    Earlier?.SecondsPerStep, Earlier?.From, 1L << 30))
            : Task.FromException<LaunchFacts>(failure);

        public Task<StepTime> MeasureAsync(RunSpec spec, long? memoryBytes, CancellationToken stop)
        {
            (IsAskedToMeasure, Stop) = (true, stop);
            return Measured.Task.WaitAsync(stop);
        }
    }
}
