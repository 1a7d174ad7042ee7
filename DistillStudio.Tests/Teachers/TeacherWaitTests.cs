using System.Text.Json;

namespace DistillStudio.Tests.Teachers;

/// <summary>What a job says while its provider does not answer.</summary>
public sealed class TeacherWaitTests
{
    [Theory]
    [InlineData(Fault.Unavailable, "answered 503; asking again in ")]
    [InlineData(Fault.CutBody, "closed the connection in the middle of its answer; asking again in ")]
    public async Task Run_FaultThatMayPass_IsSaidWhileItIsAskedAgain(object fault, string words)
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(1);
        world.Provider.FaultOf = (_, before) => before == 0 ? (Fault)fault : Fault.None;

        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--concurrency", "1"));

        JsonElement[] reports =
            [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement waiting = Assert.Single(reports, report => report.TryGetProperty("reason", out JsonElement reason)
            && reason.GetString()?.Contains("asking again", StringComparison.Ordinal) == true);
        Assert.Equal("progress", waiting.GetProperty("event").GetString());
        Assert.Contains(words, waiting.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("finished", last.GetProperty("event").GetString());
    }

    [Fact]
    public async Task Run_BatchUnderWay_IsSaidWithWhatTheProviderHasDone()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(3);
        world.Provider.Batches.ReadyAtLook = 2;

        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--batch"));

        Assert.Contains("works on batch batch-0 (in_progress, 0 of 3 requests done)", result.Out, StringComparison.Ordinal);
        Assert.Equal("finished", last.GetProperty("event").GetString());
    }
}
