using System.Text.Json;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Tests.Teachers;

/// <summary>Jobs that stopped before their last row.</summary>
public class TeacherResumeTests
{
    [Fact]
    public async Task Resume_LastLineCutByACrash_AsksThatRowAgainAndNoOther()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(10);
        await TeacherWorld.CallAsync(world.Run("mine", "--concurrency", "1"));
        string path = world.Completions("mine");
        string[] lines = File.ReadAllLines(path);
        File.WriteAllText(path, string.Concat(lines[..^1].Select(line => line + "\n")) + lines[^1][..20]);
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Resume("mine"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(10, last.GetProperty("answered").GetInt32());
        Assert.Equal(11, world.Provider.Questions.Count);
        Assert.Equal(world.Provider.Questions[^2].Row, world.Provider.Questions[^1].Row);
        Assert.Equal(10, File.ReadAllLines(path).Length);
    }

    [Fact]
    public async Task Resume_JobOfAnotherProcess_IsRefused()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(5);
        await TeacherWorld.CallAsync(world.Run("mine"));
        using IDisposable held = TeacherJob.Find(new(world.Home), "svamp", "mine")[0].Take();
        (_, CommandResult result) = await TeacherWorld.CallAsync(world.Resume("mine"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("another process", result.Error, StringComparison.Ordinal);
        (_, result) = await TeacherWorld.CallAsync(world.Run("mine"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("teacher resume mine", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_RowsChangedMeanwhile_IsRefused()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(5);
        await TeacherWorld.CallAsync(world.Run("mine"));
        string rows = Path.Combine(world.Data, "svamp", "svamp_train.json");
        File.WriteAllLines(rows, File.ReadAllLines(rows).Reverse());
        (_, CommandResult result) = await TeacherWorld.CallAsync(world.Resume("mine"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("wrong rows", result.Error, StringComparison.Ordinal);
    }
}
