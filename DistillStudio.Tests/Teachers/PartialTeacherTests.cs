using System.Text.Json;
using DistillStudio.Engine.Data;

namespace DistillStudio.Tests.Teachers;

/// <summary>A job on some of the rows.</summary>
public sealed class PartialTeacherTests
{
    [Fact]
    public async Task Run_FewOfTheRows_RecordsTheOthersAsNotAsked()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(20);
        world.Provider.Answer = (a, b, _) => a % 2 == 0 ? "I would rather not say." : $"Sum. The answer is ( {a}.0 + {b}.0 ).";

        (_, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--rows", "8"));

        Assert.True(result.ExitCode == 0, result.Error);
        Split train = DatasetReader.Load("svamp", world.Data).RequireSplit("train");
        Assert.Equal(12, train.Unasked["mine"].Count);
        Assert.All(train.Unasked["mine"], row => Assert.True(train.Teachers["mine"][row].IsLabelBlank));
        Assert.InRange(train.Teachers["mine"].Count(answer => !answer.IsLabelBlank), 1, 7); // of those asked, some gave no label

        await InProcess.RunAsync(["teacher", "remove", "mine", "--yes", "--dataset", "svamp", "--home", world.Home]);
        Assert.False(Directory.Exists(world.TeacherFolder("mine")));
    }

    [Fact]
    public async Task Run_RowThatAlwaysFails_IsAskedWithoutReplyUntilItIsAnswered()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(20);
        world.Provider.FaultOf = (apples, _) => apples % 2 == 0 ? Fault.TooLong : Fault.None;

        (JsonElement last, _) = await TeacherWorld.CallAsync(world.Run("mine", "--rows", "15"));

        Split train = DatasetReader.Load("svamp", world.Data).RequireSplit("train");
        JsonElement outcome = last.GetProperty("outcome");
        Assert.Equal(5, train.Unasked["mine"].Count);
        Assert.InRange(train.Unanswered["mine"].Count, 1, 14);
        Assert.All(train.Unanswered["mine"], row => Assert.True(row % 2 == 0 && !train.IsUnasked("mine", row)));
        Assert.Equal(
            (5, train.Unanswered["mine"].Count),
            (outcome.GetProperty("notAsked").GetInt32(), outcome.GetProperty("notAnswered").GetInt32()));

        world.Provider.FaultOf = (_, _) => Fault.None;
        await TeacherWorld.CallAsync(world.Resume("mine"));
        train = DatasetReader.Load("svamp", world.Data).RequireSplit("train");
        Assert.Equal((5, 0), (train.Unasked["mine"].Count, train.Unanswered.Count));
    }

    /// <summary>An earlier program kept no record of failures and wrote both kinds of rows as not asked about.</summary>
    [Fact]
    public async Task Publish_JobWithoutRecordOfItsFailures_CountsAllRowsWithoutACompletionAsNotAsked()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(20);
        world.Provider.FaultOf = (apples, _) => apples == 6 ? Fault.TooLong : Fault.None;
        await TeacherWorld.CallAsync(world.Run("mine"));
        File.Delete(Path.Combine(Path.GetDirectoryName(world.Completions("mine"))!, "failures.jsonl"));

        CommandResult exported = await InProcess.RunAsync(
            ["teacher", "export", "mine", "--dataset", "svamp", "--as", "other", "--home", world.Home]);

        Assert.True(exported.ExitCode == 0, exported.Error);
        Split train = DatasetReader.Load("svamp", world.Data).RequireSplit("train");
        Assert.Equal([4], train.Unasked["other"]);
        Assert.Empty(train.Unanswered.GetValueOrDefault("other") ?? new HashSet<int>());
    }
}
