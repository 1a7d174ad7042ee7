using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Settings;

public class EngineJsonTests
{
    [Theory]
    [InlineData(MethodNames.TaskPrefix, true)]
    [InlineData(MethodNames.Standard, false)]
    [InlineData(MethodNames.SingleTask, false)]
    public void Write_Alpha_OnlyWhereTwoLossesAreWeighed(string method, bool isThere)
    {
        RunSpec spec = RunScript.Spec() with { Method = method, Alpha = 0.25 };
        foreach (JsonSerializerOptions options in new[] { EngineJson.Spec, EngineJson.Events })
        {
            string text = JsonSerializer.Serialize(spec, options);
            using var json = JsonDocument.Parse(text);
            Assert.Equal(isThere, json.RootElement.TryGetProperty("alpha", out _));
            Assert.Equal(isThere ? 0.25 : 0.5, JsonSerializer.Deserialize<RunSpec>(text, options)!.Alpha);
        }
    }

    [Fact]
    public void Write_Draw_OnlyWhereItIsNotTheOriginals()
    {
        Assert.DoesNotContain("draw", JsonSerializer.Serialize(RunScript.Spec(), EngineJson.Spec), StringComparison.Ordinal);
        string nested = JsonSerializer.Serialize(RunScript.Spec() with { Draw = DataDraw.Nested }, EngineJson.Spec);
        Assert.Contains("\"draw\": \"nested\"", nested, StringComparison.Ordinal);
        Assert.Equal(DataDraw.Nested, JsonSerializer.Deserialize<RunSpec>(nested, EngineJson.Spec)!.Draw);
    }

    [Fact]
    public void Read_EventsOfAnOlderProgram_LeavesWhatItDidNotRecordUnknown()
    {
        Started started = Assert.IsType<Started>(JsonSerializer.Deserialize<RunEvent>(
            """{"event":"started","spec":{"dataset":"demo","fromPretrained":"demo","alpha":0.25,"modelType":"standard"},"device":"cpu","precision":"float32","threads":2,"parameters":1,"trainRows":1,"validRows":1,"testRows":1,"blankRowsLeftOut":0,"stepsPerEpoch":1,"machine":"m","version":"1"}""",
            EngineJson.Events));
        Assert.Equal((null, null, null, 0.25), (started.DeviceName, started.LibTorch, started.Fingerprints, started.Spec.Alpha));
        Assert.Equal(DataDraw.Original, started.Spec.Draw);

        Assert.Null(
            Assert.IsType<Resumed>(
                JsonSerializer.Deserialize<RunEvent>(
                    """{"event":"resumed","step":6,"isRestored":true,"bestAccuracy":0.5}""", EngineJson.Events)).Best);
        Assert.Null(Assert.IsType<Finished>(JsonSerializer.Deserialize<RunEvent>(
            """{"event":"finished","step":1,"test":null,"testBest":null,"testLast":null,"bestValidAccuracy":null,"model":"m","seconds":1}""",
            EngineJson.Events)).Exported);
    }
}
