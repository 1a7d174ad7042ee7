namespace DistillStudio.Tests.Commands;

/// <summary>Wrong use of the commands besides <c>train</c>.</summary>
public class WrongUseTests
{
    public static TheoryData<string[], string[]> Wrong => new()
    {
        { ["evaluate"], ["--model is missing"] },
        { ["evaluate", "--model", "/no/such/model"], ["/no/such/model"] },
        {
            ["evaluate", "--model", "m", "--split", "dev", "--batch_size", "0", "--device", "tpu"],
            ["--split dev", "--batch_size 0", "--device tpu"]
        },
        { ["predict", "--model", "m"], ["--input is missing"] },
        { ["predict", "--model", "m", "--input", ""], ["--input is empty"] },
        { ["predict", "--model", "m", "--input", "x", "--beams", "0"], ["--beams 0"] },
        { ["evaluate", "--model", "m", "--beams", "65"], ["--beams 65"] },
        { ["predict", "--model", "m", "--input", "x", "--beams", "many", "--model_type", "y"], ["--beams many", "--model_type y"] },
        { ["predict", "--model", "/no/such/model", "--input", "x"], ["/no/such/model"] },
        { ["models"], ["show"] },
        { ["models", "show"], ["DIR is missing"] },
        { ["models", "show", "/no/such/model"], ["/no/such/model"] },
        { ["models", "show", "a", "b"], ["\"b\""] },
        { ["trian"], ["trian is not a command; did you mean train? Use serve, train"] },
        { ["runs", "shwo", "x"], ["did you mean show? Use list, show"] },
        { ["cluster", "lists"], ["lists is not a command; use status, profiles, set, remove, test, or `--help`"] },
        { ["nothing-like-it"], ["is not a command; use serve, train"] },
        { ["runs", "import", "/no/such/run.zip"], ["/no/such/run.zip does not exist"] },
        { ["study", "run", "--file", "/no/such/study.json"], ["/no/such/study.json does not exist"] },
        { ["datasets", "import", "mine", "--file", "a.csv", "--key", "id"], ["--key id joins the teacher's files"] },
        { ["evaluate", "--model", "m", "--beams", "", "--dataset", ""], ["--beams is empty", "--dataset is empty"] },
        { ["serve", "--urls", ""], ["--urls is empty"] },
        { ["study", "edit", "mine", "--margin", ""], ["--margin is empty"] },
    };

    /// <summary>Each command with an empty word or path, which would be the working directory, or none.</summary>
    public static TheoryData<string[], string> Empty => new()
    {
        { ["train", "--dataset", "demo", "--resume", ""], "--resume" },
        { ["datasets", "list", "--home", " "], "--home" },
        { ["datasets", "show", "demo", "--home", ""], "--home" },
        { ["datasets", "import", "mine", "--file", ""], "--file" },
        { ["datasets", "import", "mine", "--file", "a.csv", "--choices", ""], "--choices" },
        { ["datasets", "remove", ""], "NAME" },
        { ["runs", "show", ""], "RUN" },
        { ["runs", "import", ""], "FILE" },
        { ["runs", "delete", "a", ""], "RUN" },
        { ["models", "import", ""], "FOLDER|ZIP" },
        { ["models", "export", "a", ""], "DEST" },
        { ["study", "delete", ""], "STUDY" },
    };

    [Theory]
    [MemberData(nameof(Empty))]
    public async Task Command_EmptyValue_IsRefusedByItsName(string[] arguments, string name)
    {
        CommandResult result = await InProcess.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"{name} is empty; ", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models", "export", "run")]
    [InlineData("models", "import")]
    [InlineData("runs", "verify")]
    [InlineData("datasets", "list", "--data-dir")]
    public async Task Command_PathOf5000Characters_IsRefusedByItsName(params string[] arguments)
    {
        CommandResult result = await InProcess.RunAsync([.. arguments, new string('x', 5000)]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("has 5,000 characters", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Command_WrongUse_IsRefusedWithASentenceForEachMistake(string[] arguments, string[] parts)
    {
        CommandResult result = await InProcess.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(parts.Length, result.Problems.Length);
        Assert.All(parts, part => Assert.Contains(result.Problems, problem => problem.Contains(part, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Evaluate_FolderThatDoesNotSayItsDataset_AsksForIt()
    {
        CommandResult result = await InProcess.RunAsync(["evaluate", "--model", FixtureFolder.Find()]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--dataset is missing", Assert.Single(result.Problems), StringComparison.Ordinal);
    }
}
