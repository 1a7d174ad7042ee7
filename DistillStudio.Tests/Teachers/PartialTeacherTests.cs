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

        await InProcess.RunAsync(["teacher", "remove", "mine", "--dataset", "svamp", "--home", world.Home]);
        Assert.False(Directory.Exists(world.TeacherFolder("mine")));
    }
}
