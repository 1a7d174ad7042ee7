using System.Text.Json;

namespace DistillStudio.Tests.Teachers;

public class TeacherDryRunTests
{
    [Fact]
    public async Task DryRun_TenRows_ShowsWhatAllWouldTakeAndWritesNothing()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(50);
        (JsonElement run, CommandResult result) = await TeacherWorld.CallAsync(
            world.Run("mine", "--dry-run", "--price-prompt", "2", "--price-completion", "8"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(10, run.GetProperty("rows").GetArrayLength());
        Assert.All(run.GetProperty("rows").EnumerateArray(), row => Assert.True(row.GetProperty("agrees").GetBoolean()));
        JsonElement estimate = run.GetProperty("estimate");
        Assert.Equal(
            (50, 1500, 500),
            (
                estimate.GetProperty("rows").GetInt32(), estimate.GetProperty("promptTokens").GetInt32(),
                estimate.GetProperty("completionTokens").GetInt32()));
        Assert.Equal(((1500 * 2) + (500 * 8)) / 1e6, estimate.GetProperty("cost").GetDouble(), 9);
        Assert.Equal(10, world.Provider.Questions.Count);
        Assert.False(Directory.Exists(world.Home));
        Assert.False(Directory.Exists(world.TeacherFolder("mine")));
    }

    [Theory]
    [InlineData(Fault.ServerError, 0)]
    [InlineData(Fault.KeyExpired, 1)]
    public async Task DryRun_ProviderFails_IsNotToldToResume(object fault, int exitCode)
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(3);
        world.Provider.FaultOf = (_, _) => (Fault)fault;

        CommandResult result = await InProcess.RunAsync(world.Run("mine", "--dry-run"));

        Assert.Equal(exitCode, result.ExitCode);
        string said = result.Out + result.Error;
        Assert.Contains("try again", said, StringComparison.Ordinal);
        Assert.DoesNotContain("resume", said, StringComparison.Ordinal);
    }
}
