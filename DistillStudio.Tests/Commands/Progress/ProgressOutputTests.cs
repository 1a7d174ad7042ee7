using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Runs;
using Spectre.Console;

namespace DistillStudio.Tests.Commands.Progress;

public class ProgressOutputTests
{
    [Fact]
    public void Plain_RunToItsEnd_TellsWhatMattersAndTheStateNowAndThen()
    {
        var output = new StringWriter();
        var plain = new PlainProgress(output);
        plain.OnEvent(Events.Start(100, 50));
        for (int step = 1; step <= 50; step++)
        {
            plain.OnEvent(Events.Step(step, at: step));
        }

        // too soon after the last line
        plain.OnEvent(new EvaluationProgressed(50, "valid", "current", 0, 80, 0) { Time = RunScript.Start });
        plain.OnEvent(Events.Evaluation(50, 12, 80, at: 65));
        plain.OnEvent(Events.Validation(50, 0.75, at: 90));
        plain.OnEvent(new Logged(LogSeverity.Warning, "odd"));
        plain.OnEvent(Events.End(100));

        Assert.Equal(
            [
                "cqa: step-by-step, rationales of palm, alpha 0.5, true labels, seed 0",
                "8,767 training rows, 974 validation, 1,221 test",
                "31.2 M parameters in float32 on cpu, 2 threads",
                "step 1 of 100  label loss 1.500  rationale loss 2.250  1.0 steps/s",
                "step 21 of 100  label loss 1.500  rationale loss 2.250  1.0 steps/s  1 min 53 s left",
                "step 41 of 100  label loss 1.500  rationale loss 2.250  1.0 steps/s  1 min 33 s left",
                "step 50 of 100  validating 12/80  1 min 23 s left",
                "step 50  validation accuracy 75.0 % (750 of 1,000)  label loss 1.250  rationale loss 2.000  best so far",
                "warning: odd",
                "finished after 100 steps in 1 h 02 min",
                "test accuracy 50.0 % (610 of 1,221) with the weights of step 2, best on validation; exported",
                "test accuracy 25.0 % (305 of 1,221) with the weights of step 100, the last",
                "model: /runs/r/model",
            ],
            output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Describe_BestWeightsAreTheLast_NamesTheTestOnce()
    {
        Finished same = Events.End(100) with { Test = Events.End(100).TestLast, TestBest = Events.End(100).TestLast };
        Assert.Equal(
            "test accuracy 25.0 % (305 of 1,221) with the weights of step 100", EventText.Describe(same, new RunProgress()).ElementAt(1));
    }

    /// <summary>A tie is the better one's with the lower loss, here as in what is exported.</summary>
    [Fact]
    public void Describe_ValidationTies_CallsTheLowerLossBest()
    {
        RunProgress progress = Events.Apply(Events.Start(100, 10), Events.Validation(10, 0.5, at: 1));
        string Say(EvaluationCompleted look) => EventText.Describe(look, progress = progress.Apply(look)).Single();

        Assert.DoesNotContain("best so far", Say(Events.Validation(20, 0.5, at: 2)), StringComparison.Ordinal);
        Assert.EndsWith("best so far", Say(Events.Validation(30, 0.5, at: 3) with { LabelLoss = 1 }), StringComparison.Ordinal);
        Assert.DoesNotContain("best so far", Say(Events.Validation(40, 0.5, at: 4)), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_Finished_IsOneLineWithEventAccuracyAndModel()
    {
        var output = new StringWriter();
        new JsonEvents(output).OnEvent(Events.End(100));

        string line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        using var json = JsonDocument.Parse(line);
        Assert.Equal("finished", json.RootElement.GetProperty("event").GetString());
        Assert.Equal(0.5, json.RootElement.GetProperty("test").GetProperty("accuracy").GetDouble());
        Assert.Equal("/runs/r/model", json.RootElement.GetProperty("model").GetString());
        Assert.Equal(0.5, json.RootElement.GetProperty("testBest").GetProperty("accuracy").GetDouble());
        Assert.Equal(0.25, json.RootElement.GetProperty("testLast").GetProperty("accuracy").GetDouble());
        Assert.Equal("best", json.RootElement.GetProperty("exported").GetString());
    }

    [Fact]
    public async Task Live_RunInATerminal_ShowsBarRateLossesAndEvaluations()
    {
        var output = new SharedWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.TrueColor,
            Interactive = InteractionSupport.Yes,
        });
        console.Profile.Width = 100;
        var live = new LiveProgress(console);

        int result = await live.WatchAsync(async () =>
        {
            live.OnEvent(Events.Start(100, 50));
            live.OnEvent(Events.Step(1, at: 0));
            live.OnEvent(Events.Step(50, at: 49));
            live.OnEvent(Events.Validation(50, 0.75, at: 49));
            live.OnEvent(Events.Step(51, at: 50));
            await Eventually.Holds(() => output.ToString().Contains("51 of 100", StringComparison.Ordinal)); // drawn by another thread
            return 7;
        });

        Assert.Equal(7, result);
        string[] expected = [
            "51 of 100", "51%", "1.0 steps/s  59 s left", "label loss 1.500  rationale loss 2.250  accuracy 75.0 % (best 75.0 %)",
            "validation accuracy 75.0 %",
        ];
        Assert.All(expected, part => Assert.Contains(part, output.ToString(), StringComparison.Ordinal));
    }

    /// <summary>Read by one thread while another writes.</summary>
    private sealed class SharedWriter : StringWriter
    {
        private readonly Lock _gate = new();

        public override void Write(char value)
        {
            lock (_gate)
            {
                base.Write(value);
            }
        }

        public override void Write(string? value)
        {
            lock (_gate)
            {
                base.Write(value);
            }
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_gate)
            {
                base.Write(buffer, index, count);
            }
        }

        public override string ToString()
        {
            lock (_gate)
            {
                return base.ToString();
            }
        }
    }
}
