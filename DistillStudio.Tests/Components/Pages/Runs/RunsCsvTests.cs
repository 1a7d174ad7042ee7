using System.Text;
using DistillStudio.Components.Pages.Runs;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using TestResult = DistillStudio.Engine.Runs.TestResult;

namespace DistillStudio.Tests.Components.Pages.Runs;

public class RunsCsvTests
{
    [Fact]
    public void Write_AlphaOfARunWithOneLoss_IsBlank()
    {
        RunSpec spec = RunScript.Spec() with { Alpha = 0.25 };
        Assert.Equal(
            ["0.25", "", ""],
            Column("alpha", spec, spec with { Method = MethodNames.Standard }, spec with { Method = MethodNames.SingleTask }));
    }

    [Fact]
    public void Write_FinishedRun_HoldsBothTestsAndWhatComputed()
    {
        RunSummary run = RunScript.Summary("a", RunState.Finished) with
        {
            Environment = RunScript.Started(RunScript.Spec()) with { LibTorch = "2.10.0" },
            TestAccuracy = 0.75,
            Result = RunScript.Finished(10) with { TestBest = new TestResult(0.75, 3, 4, 5), TestLast = new TestResult(0.5, 2, 4, 10) },
        };
        Assert.Equal(
            ["0.75", "0.75", "0.5", "2", "float32", "cpu", "2.10.0"],
            new[] { "test_accuracy", "test_accuracy_best", "test_accuracy_last", "threads", "precision", "device", "libtorch" }.Select(
                name => Column(name, run).Single()));
        Assert.Equal("", Column("threads", RunScript.Summary("b")).Single());
    }

    private static string[] Column(string name, params RunSpec[] specs) =>
        Column(name, [.. specs.Select((spec, i) => RunScript.Summary($"run-{i}", spec: spec))]);

    private static string[] Column(string name, params RunSummary[] runs)
    {
        string[] lines = Encoding.UTF8.GetString(RunsCsv.Write(runs)).TrimEnd('\n').Split('\n');
        int column = Array.IndexOf(lines[0].Split(','), name);
        return [.. lines[1..].Select(line => line.Split(',')[column])];
    }
}
