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
    [InlineData(Fault.WebPage, "answered 200 with a web page; check that --endpoint is")]
    [InlineData(Fault.NoMessage, "answered 200 with a choice that has no message; check that --endpoint is")]
    [InlineData(Fault.NoTemperature, "0 is not supported\"; leave it to the endpoint with --temperature none")]
    [InlineData(Fault.Redirect, "\"moved to http://127.0.0.1:1/elsewhere\"; check --endpoint")]
    [InlineData(Fault.RedirectToNoAddress, "\"no words\"; check --endpoint")]
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
    public async Task Run_HttpsWhereNoneIsSpoken_StopsAtOnceAndSaysSo()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(2);
        string[] arguments = [.. world.Run("mine").Select(word => word.Replace("http:", "https:", StringComparison.Ordinal))];

        CommandResult result = (await TeacherWorld.CallAsync(arguments)).Result;

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("cannot be reached (no https is spoken there; write http://", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("asking again in", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ModelThatRefuses_CountsAsRefused()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(2);
        world.Provider.FaultOf = (_, _) => Fault.Refusal;

        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine"));

        Assert.Equal((0, 2), (result.ExitCode, last.GetProperty("refused").GetInt32()));
        Assert.DoesNotContain("No answer ends as the template asks", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_HostThatWantsMaxCompletionTokens_IsGivenThem()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(3);
        world.Provider.FaultOf = (_, before) => before == 0 && world.Provider.Questions.Count < 2 ? Fault.OldTokenName : Fault.None;
        world.Provider.Before = _ => Eventually.Holds(() => world.Provider.Questions.Count >= 2); // two are refused at once

        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--concurrency", "2"));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(3, last.GetProperty("answered").GetInt32());
        Assert.Equal(
            [true, true, false, false, false], world.Provider.Questions.Select(question => question.Body.TryGetProperty("max_tokens", out _)));
        Assert.Equal(256, world.Provider.Questions[^1].Body.GetProperty("max_completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Run_StopNone_SendsNone()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(1);

        await TeacherWorld.CallAsync(world.Run("usual"));
        await TeacherWorld.CallAsync(world.Run("mine", "--stop", "none"));

        Assert.Equal([true, false], world.Provider.Questions.Select(question => question.Body.TryGetProperty("stop", out _)));
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
