using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;
using DistillStudio.Teachers;

namespace DistillStudio.Tests.Teachers;

/// <summary>Jobs in a process of their own, ended in the middle.</summary>
public class KilledTeacherTests
{
    private const int Rows = 200;

    /// <summary>Rows whose answer the provider's content filter withholds: one in 40.</summary>
    private const int Refused = 5;

    [Fact]
    public async Task Run_KilledHalfWay_ResumesWithoutAskingAnAnsweredRowAgainAndTrains()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(Rows);
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Provider.FaultOf = (row, before) => row % 40 == 11 ? Fault.ContentFilter : before > 0 ? Fault.None : (row % 40) switch
        {
            4 => Fault.TooManyRequests,
            5 => Fault.TooManyRequestsAfterSeconds,
            6 => Fault.ServerError,
            7 => Fault.CutBody,
            8 => Fault.Malformed,
            9 => Fault.NoChoice,
            _ => Fault.None,
        };
        world.Provider.Before = _ =>
        {
            if (world.Provider.Questions.Count >= Rows / 2)
            {
                half.TrySetResult();
            }

            return Task.CompletedTask;
        };
        using (var run = ProgramRun.Start(world.Run("mine", "--concurrency", "8")))
        {
            await half.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
            await run.SignalAsync("KILL");
            await run.EndAsync();
        }

        HashSet<int> recorded = [.. Recorded(world)];
        Assert.InRange(recorded.Count, 20, Rows - 20);
        Assert.False(Directory.Exists(world.TeacherFolder("mine")));
        Func<int, int, Fault> faults = world.Provider.FaultOf;
        world.Provider.FaultOf = (_, _) => Fault.KeyExpired;
        CommandResult refused = await ProgramRun.ToEndAsync(world.Resume("mine"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("has expired", refused.Out + refused.Error, StringComparison.Ordinal);
        world.Provider.FaultOf = faults;
        Assert.Equal(recorded, Recorded(world).ToHashSet());
        int asked = world.Provider.Questions.Count;

        CommandResult resumed = await ProgramRun.ToEndAsync(world.Resume("mine"));

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        JsonElement last = JsonDocument.Parse(resumed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
        Assert.Equal(
            ("finished", Rows, Rows, Rows - Refused, (double)(Rows - Refused) / Rows),
            (last.GetProperty("event").GetString(), Of("rows"), Of("answered"), Of("parsed"), last.GetProperty("agreement").GetDouble()));
        Assert.Empty(world.Provider.Questions.Skip(asked).Select(question => question.Row - 2).Intersect(recorded));
        Assert.Equal(Rows, Recorded(world).Distinct().Count());
        Assert.Equal(Rows, Recorded(world).Count());
        world.HasNoKey(resumed.Out, resumed.Error);

        ReviewSession review = ReviewSession.Open(
            Assert.Single(TeacherJob.Find(new StudioHome(world.Home), "svamp", "mine")), TimeProvider.System);
        Assert.Equal(Refused, review.Filter(ReviewFilter.Blank).Count());
        review.Filter(ReviewFilter.Blank).ToList().ForEach(item => review.Decide(item, ReviewVerdict.Rejected));
        review.Decide(review.Items[0], ReviewVerdict.Edited, "Both are hers.", review.Items[0].Truth);
        CommandResult exported = await ProgramRun.ToEndAsync(
            ["teacher", "export", "mine", "--dataset", "svamp", "--home", world.Home, "--as", "checked"]);
        Assert.True(exported.ExitCode == 0, exported.Error);

        CommandResult trained = await ProgramRun.ToEndAsync(
        [
            "train", "--from_pretrained", "demo", "--init", "random", "--dataset", "svamp", "--data-dir", world.Data, "--home", world.Home,
            "--threads", "1", "--max_steps", "4", "--eval_steps", "4",
            "--batch_size", "8", "--gen_max_len", "8", "--device", "cpu", "--model_type", "task_prefix", "--llm", "checked",
            "--leave-out-rejected", "--json",
        ]);
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("\"rationaleLoss\":", trained.Out, StringComparison.Ordinal);
        Assert.Contains("rejectedRowsLeftOut", trained.Out, StringComparison.Ordinal);
        world.HasNoKey(exported.Out, trained.Out, refused.Out, refused.Error);

        int Of(string name) => last.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Run_Interrupted_EndsWith130AndSaysHowToGoOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends no signals.");
        await using TeacherWorld world = await TeacherWorld.CreateAsync(40);
        var some = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Provider.Before = async row =>
        {
            if (world.Provider.Questions.Count > 10)
            {
                some.TrySetResult();
                await open.Task; // answers on their way when the signal comes
            }
        };
        using var run = ProgramRun.Start(world.Run("mine", "--concurrency", "2"));
        await some.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await run.SignalAsync("INT");
        open.SetResult();
        CommandResult result = await run.EndAsync();
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("teacher resume mine --dataset svamp", result.Error, StringComparison.Ordinal);
        Assert.Contains(
            "\"event\":\"interrupted\"", result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
        Assert.Equal(Recorded(world).Count(), world.Provider.Questions.Count); // they were waited for: they are paid for
        (JsonElement last, result) = await TeacherWorld.CallAsync(world.Resume("mine"));
        Assert.Equal((0, 40), (result.ExitCode, last.GetProperty("answered").GetInt32()));
        Assert.Equal(40, world.Provider.Questions.Count);
    }

    private static IEnumerable<int> Recorded(TeacherWorld world)
    {
        string[] lines = File.ReadAllText(world.Completions("mine")).Split('\n');
        return lines[..^1].Select(line => JsonDocument.Parse(line).RootElement.GetProperty("row").GetInt32());
    }
}
