using System.Text.Json;
using DistillStudio.Engine.Data;

namespace DistillStudio.Tests.Teachers;

public class TeacherBatchTests
{
    /// <summary>Killed before the provider told the batch's id: it is found again, not made twice.</summary>
    [Fact]
    public async Task Run_BatchAndKilledWhileItIsMade_IsCollectedLaterAndNothingIsSentTwice()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(30);
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Provider.Batches.Made = () =>
        {
            made.TrySetResult();
            return Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
        };
        using (var run = ProgramRun.Start(world.Run("mine", "--batch")))
        {
            await made.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            await run.SignalAsync("KILL");
            await run.EndAsync();
        }

        world.Provider.Batches.IsReady = true;
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Resume("mine"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(
            ("finished", 30, 30),
            (last.GetProperty("event").GetString(), last.GetProperty("answered").GetInt32(), last.GetProperty("parsed").GetInt32()));
        Assert.Equal((1, 30), (world.Provider.Batches.Count, world.Provider.Batches.Requests));
        IReadOnlyList<TeacherAnswer> answers = DatasetReader.Load("svamp", world.Data).RequireSplit("train").Teachers["mine"];
        Assert.Equal(Enumerable.Range(2, 30).Select(SmallSvamp.Label), answers.Select(answer => answer.Label));
        world.HasNoKey(result.Out, result.Error);
    }

    [Fact]
    public async Task Run_BatchNotReady_WaitsForIt()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(5);
        world.Provider.Batches.Made = () =>
        {
            world.Provider.Batches.IsReady = true; // by the time of the first look
            return Task.CompletedTask;
        };
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--batch", "--samples", "2"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal((5, 10L), (last.GetProperty("answered").GetInt32(), last.GetProperty("requests").GetInt64()));
    }

    [Fact]
    public async Task Run_BatchFails_SaysWhyAndWhatToDo()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(5);
        (world.Provider.Batches.IsReady, world.Provider.Batches.Failure) = (true, "No batches of this model");
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--batch"));

        Assert.Equal((1, "failed"), (result.ExitCode, last.GetProperty("event").GetString()));
        Assert.Contains("ended as failed: \"No batches of this model\"; resume to send", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BatchWithPromptsThatTheContentFilterRefuses_CountsThemAsRefused()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(5);
        world.Provider.Batches.IsReady = true;
        world.Provider.Batches.Filtered.UnionWith([3, 4]);
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--batch"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal((5, 3), (last.GetProperty("answered").GetInt32(), last.GetProperty("parsed").GetInt32()));
    }
}
