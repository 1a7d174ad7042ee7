using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Training;
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

        plain.OnEvent(Events.Validation(50, 0.75, at: 60));
        plain.OnEvent(new Logged(LogSeverity.Warning, "odd"));
        plain.OnEvent(Events.End(100));

        Assert.Equal(
            [
                "cqa: step-by-step, rationales of palm, alpha 0.5, true labels, seed 0",
                "8,767 training rows, 974 validation, 1,221 test",
                "31.2 M parameters in float32 on cpu, 2 threads",
                "step 1 of 100  label loss 1.500  rationale loss 2.250  1.0 steps/s",
                "step 21 of 100  label loss 1.500  rationale loss 2.250  1.0 steps/s  1 min 19 s left",
                "step 41 of 100  label loss 1.500  rationale loss 2.250  1.0 steps/s  59 s left",
                "step 50  validation accuracy 75.0 % (750 of 1,000)  label loss 1.250  rationale loss 2.000  best so far",
                "warning: odd",
                "finished after 100 steps in 1 h 02 min",
                "test accuracy 50.0 % (610 of 1,221) with the weights of step 2",
                "model: /runs/r/model",
            ],
            output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
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
    }

    [Fact]
    public async Task Live_RunInATerminal_ShowsBarRateLossesAndEvaluations()
    {
        var output = new StringWriter();
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
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            return 7;
        });

        Assert.Equal(7, result);
        string[] expected = ["51 of 100", "51%", "1.0 steps/s  49 s left", "label loss 1.500  rationale loss 2.250  accuracy 75.0 % (best 75.0 %)", "validation accuracy 75.0 %"];
        Assert.All(expected, part => Assert.Contains(part, output.ToString(), StringComparison.Ordinal));
    }
}
