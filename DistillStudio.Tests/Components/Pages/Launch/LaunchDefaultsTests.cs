using AngleSharp.Dom;
using Bunit;
using DistillStudio.Components.Pages.Launch;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace DistillStudio.Tests.Components.Pages.Launch;

/// <summary>Settings that nobody has set follow the choices; those that someone has set stay.</summary>
public sealed class LaunchDefaultsTests : StudioContext
{
    public LaunchDefaultsTests() => Services.AddSingleton<ILaunchFacts>(new NoFacts());

    [Fact]
    public async Task Dataset_Chosen_BringsItsDefaultsForWhatNobodySet_AndSaysSo()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch");
        AssertSettings(page, new() { ["LearningRate"] = "0.004", ["MaxSteps"] = "800", ["EvalSteps"] = "100", ["BatchSize"] = "32" });

        await ChooseAsync(page, "Dataset", "cqa");

        AssertSettings(page, new() { ["LearningRate"] = "5e-05", ["MaxSteps"] = "10000", ["EvalSteps"] = "250", ["BatchSize"] = "64" });
        Assert.Equal(
            "Changed to the defaults for cqa: learning rate 5e-5, steps 10,000, batch size 64, evaluate every 250 steps, model trained, "
                + "initial weights pretrained, teacher gpt.",
            page.Find(".notice span").TextContent);
        Assert.DoesNotContain("--lr", CommandLine(page), StringComparison.Ordinal);

        await page.InvokeAsync(() => page.Find(".notice button").Click());
        Assert.Empty(page.FindAll(".notice"));

        await ChooseAsync(page, "Dataset", "demo");
        AssertSettings(page, new() { ["LearningRate"] = "0.004", ["MaxSteps"] = "800", ["EvalSteps"] = "100", ["BatchSize"] = "32" });
        Assert.StartsWith(
            "Changed to the defaults for demo: learning rate 0.004", page.Find(".notice span").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("launch", "LearningRate", "0.01")]
    [InlineData("launch", "MaxSteps", "42")]
    [InlineData("launch", "BatchSize", "32")] // as the default was, but set by hand
    [InlineData("launch?dataset=demo&batch_size=32", null, "32")] // the address of the one above, opened again
    [InlineData("launch?dataset=demo&lr=0.01", null, "0.01")]
    [InlineData("launch?like=cloned", null, "0.01")]
    public async Task Dataset_Chosen_LeavesWhatTheUserSet(string address, string? field, string value)
    {
        Add("cloned", spec: RunDefaults.Demo with { LearningRate = 0.01 });
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>(address);
        await OpenAdvancedAsync(page);
        if (field is not null)
        {
            await page.InvokeAsync(() => page.Find($"#field-{field}").Input("7"));
            await page.InvokeAsync(() => page.Find($"#field-{field}").Input(value));
        }

        await ChooseAsync(page, "Dataset", "cqa");

        field ??= value == "32" ? "BatchSize" : "LearningRate";
        Assert.Equal(value, Value(page, field));
        string others = field == "MaxSteps" ? "BatchSize" : "MaxSteps";
        Assert.Equal(others == "BatchSize" ? "64" : "10000", Value(page, others));
        Assert.Contains("Changed to the defaults for cqa", page.Find(".notice span").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TouchedSettings_StandInTheAddress_EvenAtTheirDefaults()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch");
        await page.InvokeAsync(() => page.Find("#field-BatchSize").Input("7"));
        await page.InvokeAsync(() => page.Find("#field-BatchSize").Input("32"));
        LaunchDraft draft = page.FindComponent<SettingField>().Instance.Draft;

        Assert.Equal("launch?batch_size=32&dataset=demo", draft.Write().Under("launch"));
    }

    [Fact]
    public void Clone_OfARunAtItsDefaults_HasNothingSet()
    {
        Add("plain", spec: RunDefaults.DemoStandard);
        LaunchDraft draft = Open<LaunchPage>("launch?like=plain").FindComponent<SettingField>().Instance.Draft;

        Assert.Equal(["Dataset", "Method"], draft.Touched.Order());
        Assert.Equal(RunDefaults.DemoStandard with { Teacher = null }, draft.Spec);
    }

    [Fact]
    public async Task Method_ThatADatasetCannotHave_ComesBackWithADatasetThatCan()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&model_type=single_task&llm=palm");

        await ChooseAsync(page, "Dataset", "svamp");
        Assert.True(Radio(page, "standard").HasAttribute("checked"));
        Assert.Contains(
            "Changed because nothing else fits: method standard", page.Find(".notice span").TextContent, StringComparison.Ordinal);

        await ChooseAsync(page, "Dataset", "cqa");
        Assert.True(Radio(page, "single_task").HasAttribute("checked"));
        Assert.Equal("palm", page.FindComponent<SettingField>().Instance.Draft.Spec.Teacher);
    }

    [Fact]
    public async Task Model_Chosen_DecidesTheFirstWeights_UnlessTheUserDid()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa");
        Assert.DoesNotContain("--init", CommandLine(page), StringComparison.Ordinal);

        await ChooseAsync(page, "Model", "bare");
        Assert.Contains("--init random", CommandLine(page), StringComparison.Ordinal);
        Assert.Equal("Changed to the defaults for bare: initial weights random.", page.Find(".notice span").TextContent);

        await ChooseAsync(page, "Model", "trained");
        Assert.DoesNotContain("--init", CommandLine(page), StringComparison.Ordinal);
        Assert.Equal("Changed to the defaults for trained: initial weights pretrained.", page.Find(".notice span").TextContent);
    }

    [Fact]
    public async Task MethodAndLabels_Chosen_BringTheTeacher()
    {
        IRenderedComponent<LaunchPage> page = Open<LaunchPage>("launch?dataset=cqa&model_type=standard");

        await page.InvokeAsync(() => Radio(page, "llm").Change("llm"));
        Assert.Equal("Changed to the defaults for labels of the teacher: teacher gpt.", page.Find(".notice span").TextContent);

        await page.InvokeAsync(() => Radio(page, "gt").Change("gt"));
        await page.InvokeAsync(() => Radio(page, "task_prefix").Change("task_prefix"));
        Assert.Equal("Changed to the defaults for step-by-step: teacher gpt.", page.Find(".notice span").TextContent);
    }

    private static Task ChooseAsync(IRenderedComponent<LaunchPage> page, string label, string value) => page.InvokeAsync(() =>
        page.FindComponents<MudSelect<string>>().Single(select => select.Instance.Label == label).Instance.ValueChanged.InvokeAsync(value));

    private static Task OpenAdvancedAsync(IRenderedComponent<LaunchPage> page) =>
        page.InvokeAsync(() => page.Find("section[aria-label=Advanced] summary").Click());

    private static void AssertSettings(IRenderedComponent<LaunchPage> page, Dictionary<string, string> expected)
    {
        LaunchDraft draft = page.FindComponent<SettingField>().Instance.Draft;
        Assert.Equal(expected, expected.Keys.ToDictionary(property => property, draft.TextOf));
    }

    private static string Value(IRenderedComponent<LaunchPage> page, string property) =>
        page.Find($"#field-{property}").GetAttribute("value")!;

    private static IElement Radio(IRenderedComponent<LaunchPage> page, string value) => page.Find($"input[type=radio][value={value}]");

    private static string CommandLine(IRenderedComponent<LaunchPage> page) => page.Find(".copy-box pre").TextContent;

    /// <summary>Three datasets, three models, and nothing more to say.</summary>
    private sealed class NoFacts : ILaunchFacts
    {
        public LaunchChoices Choices() => new(
            [new("demo", ["demo"], 2000, []), new("cqa", ["gpt", "palm"], 1000, []), new("svamp", [], 500, [])],
            [
                new("demo", "demo", HasWeights: false, 300_000),
                new("awry", "awry", HasWeights: true, 31_000_000, "awry is a Git LFS pointer."),
                new("bare", "bare", HasWeights: false, 31_000_000), new("trained", "trained", HasWeights: true, 31_000_000),
            ],
            ["auto", "cpu"]);

        public Task<LaunchFacts> ExamineAsync(RunSpec spec, CancellationToken stop) =>
            Task.FromCanceled<LaunchFacts>(new CancellationToken(canceled: true));

        public Task<StepTime> MeasureAsync(RunSpec spec, long? memoryBytes, CancellationToken stop) =>
            throw new InvalidOperationException();
    }
}
