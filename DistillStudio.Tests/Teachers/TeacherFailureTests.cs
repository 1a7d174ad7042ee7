using System.Text.Json;

namespace DistillStudio.Tests.Teachers;

/// <summary>Jobs that cannot be started, or end without a useful answer: what is said, and what to do.</summary>
public sealed class TeacherFailureTests
{
    [Fact]
    public async Task Run_DryWithoutAName_AsksAndKeepsNothing()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(12);
        string[] arguments = [.. world.Run("mine", "--dry-run").Where(word => word is not ("--name" or "mine"))];

        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(arguments);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(10, last.GetProperty("rows").GetArrayLength());
        Assert.False(Directory.Exists(Path.Combine(world.Home, "teachers")));
    }

    [Fact]
    public async Task Run_WithoutANameAndAModel_OneSentenceForEach()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(1);
        string[] arguments = [.. world.Run("mine").Where(word => word is not ("--name" or "mine" or "--model" or "m"))];

        CommandResult result = await InProcess.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(["--name is missing", "--model is missing"], result.Problems.Select(problem => problem.Split(';')[0]));
    }

    [Theory]
    [InlineData(Fault.Malformed, "answered 200 with malformed JSON; check that --endpoint is")]
    [InlineData(Fault.TooLong, "context length is 10 tokens\"; ask with another --model")]
    public async Task Run_NoRowIsAnswered_FailsWithWhyAndWhatToDo(object fault, string words)
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(2);
        world.Provider.FaultOf = (_, _) => (Fault)fault;

        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--retries", "0"));

        Assert.Equal((1, "failed"), (result.ExitCode, last.GetProperty("event").GetString()));
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoAnswerHasALabel_IsSaid()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(2);
        world.Provider.Answer = (_, _, _) => "I would rather not say.";

        CommandResult result = (await TeacherWorld.CallAsync(world.Run("mine"))).Result;

        Assert.Contains("No answer ends as the template asks", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_NoAnswers_IsRefused()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(2);
        world.Provider.FaultOf = (_, _) => Fault.KeyExpired;
        await TeacherWorld.CallAsync(world.Run("mine"));

        CommandResult result = await InProcess.RunAsync(
            ["teacher", "export", "mine", "--dataset", "svamp", "--as", "other", "--home", world.Home]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("mine has no answers yet; ask with teacher resume mine", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(world.TeacherFolder("other")));
    }

    [Fact]
    public async Task Remove_WithAnswersAndUnconfirmed_KeepsThem()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(2);
        await TeacherWorld.CallAsync(world.Run("mine"));

        CommandResult result = await InProcess.RunAsync(["teacher", "remove", "mine", "--dataset", "svamp", "--home", world.Home]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("mine was not removed; confirm with --yes", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(world.Completions("mine")));
    }
}
