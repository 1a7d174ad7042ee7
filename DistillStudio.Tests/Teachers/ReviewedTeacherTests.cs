using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;
using DistillStudio.Teachers;

namespace DistillStudio.Tests.Teachers;

/// <summary>What a review and a joined dataset make of a job's answers, up to the rows that a run trains on.</summary>
public class ReviewedTeacherTests
{
    [Fact]
    public async Task Train_RowsThatAReviewRejected_AreLeftOutAndCountedIfAskedFor()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(30);
        await TeacherWorld.CallAsync(world.Run("mine"));
        TeacherJob job = Assert.Single(TeacherJob.Find(new StudioHome(world.Home), "svamp", "mine"));
        ReviewSession review = ReviewSession.Open(job, TimeProvider.System);
        foreach (int row in (int[])[0, 4, 5, 9, 17, 23])
        {
            review.Decide(review.Items[row], ReviewVerdict.Rejected);
        }

        review.Publish("checked");
        IReadOnlyDictionary<string, IReadOnlySet<int>> rejected = DatasetReader.Load("svamp", world.Data).RequireSplit("train").Rejected;
        Assert.Equal([0, 4, 5, 9, 17, 23], rejected["checked"]);
        Assert.DoesNotContain("mine", rejected.Keys);

        (JsonElement all, string log) = await TrainAsync(world, "checked");
        Assert.Equal((27, false), (all.GetProperty("trainRows").GetInt32(), all.TryGetProperty("rejectedRowsLeftOut", out _)));
        (JsonElement left, string leftLog) = await TrainAsync(world, "checked", "--leave-out-rejected");
        int omitted = left.GetProperty("rejectedRowsLeftOut").GetInt32();
        Assert.InRange(omitted, 1, 6); // a validation row keeps its truth
        Assert.Equal(27 - omitted, left.GetProperty("trainRows").GetInt32());
        Assert.Contains($"{omitted} training rows were rejected in the review of teacher checked", log, StringComparison.Ordinal);
        Assert.Contains(
            $"{omitted} training rows are left out because the review of teacher checked rejected them", leftLog, StringComparison.Ordinal);
        (JsonElement standard, _) = await TrainAsync(world, "checked", "--leave-out-rejected", "--model_type", "standard");
        Assert.Equal(27 - omitted, standard.GetProperty("trainRows").GetInt32()); // the rows of the run that it is compared with

        CommandResult unreviewed = await InProcess.RunAsync(Train(world, "mine", "--leave-out-rejected"));
        Assert.Equal(2, unreviewed.ExitCode);
        Assert.Contains("teacher export mine --dataset svamp --as mine-reviewed", unreviewed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[0, 99]", "names row 99, but the split has the rows 0 to 5")]
    [InlineData("[-1]", "names row -1")]
    [InlineData("{\"rows\":[1]}", "is not a list of row numbers")]
    [InlineData("", "is not a list of row numbers")]
    public void Load_DamagedListOfRejectedRows_NamesTheFile(string text, string words)
    {
        using var data = new TempFolder();
        data.Write("svamp/svamp_train.json", string.Join('\n', Enumerable.Repeat("""{"input":"s","label":"( 1.0 + 2.0 )"}""", 6)));
        data.Write("svamp/llm-x/train_CoT_0.json", JsonSerializer.Serialize(Enumerable.Repeat("Sum. The answer is (1 + 2).", 6)));
        data.Write("svamp/llm-x/train_rejected.json", text);
        string message = Assert.Throws<InputException>(() => DatasetReader.Load("svamp", data.Path)).Message;
        Assert.Contains("train_rejected.json", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_JoinedDataset_AnswersLieWithTheRowsOfBothAndAreTrainedOn()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(12);
        Directory.CreateDirectory(Path.Combine(world.Data, "asdiv"));
        await File.WriteAllLinesAsync(
            Path.Combine(world.Data, "asdiv", "asdiv_train.json"), Enumerable.Range(100, 8).Select(i => JsonSerializer.Serialize(
            new { Body = $"Ann has {i} apples and finds 5 more.", Question = "How many apples has she?", Answer = $"{i + 5} (apples)" })),
            TestContext.Current.CancellationToken);
        string[] run = [.. world.Run("mine").Select(word => word == "svamp" ? "asdiv" : word)];
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(run);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(
            (20, 20, 1.0),
            (last.GetProperty("rows").GetInt32(), last.GetProperty("parsed").GetInt32(), last.GetProperty("agreement").GetDouble()));
        Assert.Equal(12, Texts(world, "svamp").Length);
        Assert.Equal(8, Texts(world, "asdiv").Length);

        TeacherJob job = Assert.Single(TeacherJob.Find(new StudioHome(world.Home), "asdiv", "mine"));
        ReviewSession review = ReviewSession.Open(job, TimeProvider.System);
        review.Decide(review.Items[3], ReviewVerdict.Rejected);
        review.Decide(review.Items[14], ReviewVerdict.Rejected);
        review.Publish("checked");
        Assert.Equal([3, 14], DatasetReader.Load("asdiv", world.Data).RequireSplit("train").Rejected["checked"].Order());

        CommandResult trained = await InProcess.RunAsync([.. Train(world, "mine").Select(word => word == "svamp" ? "asdiv" : word)]);
        Assert.True(trained.ExitCode == 0, trained.Error);
        CommandResult other = await InProcess.RunAsync(world.Run("mine"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("for asdiv", other.Error, StringComparison.Ordinal);

        CommandResult exported = await InProcess.RunAsync(
            ["teacher", "export", "mine", "--dataset", "asdiv", "--home", world.Home, "--out", Path.Combine(world.Home, "out")]);
        Assert.True(exported.ExitCode == 0, exported.Error);
        Assert.True(File.Exists(Path.Combine(world.Home, "out", "svamp", "llm", "train_CoT_0.json")));
        Assert.True(File.Exists(Path.Combine(world.Home, "out", "asdiv", "llm", "train_CoT_0.json")));
        await InProcess.RunAsync(["teacher", "remove", "mine", "--yes", "--dataset", "asdiv", "--home", world.Home]);
        Assert.False(Directory.Exists(world.TeacherFolder("mine")));
        Assert.False(Directory.Exists(Path.Combine(world.Data, "asdiv", "llm-mine")));
        Assert.True(Directory.Exists(world.TeacherFolder("checked")));
    }

    private static string[] Texts(TeacherWorld world, string dataset) =>
        JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(world.Data, dataset, "llm-mine", "train_CoT_0.json")))!;

    private static string[] Train(TeacherWorld world, string teacher, params string[] flags) =>
    [
        "train", "--from_pretrained", "demo", "--init", "random", "--dataset", "svamp", "--data-dir", world.Data, "--home", world.Home,
        "--threads", "1",
        "--max_steps", "1", "--eval_steps", "1", "--batch_size", "4", "--gen_max_len", "4", "--device", "cpu", "--llm", teacher, "--json",
        .. flags,
    ];

    private static async Task<(JsonElement Started, string Log)> TrainAsync(TeacherWorld world, string teacher, params string[] flags)
    {
        CommandResult result = await InProcess.RunAsync(Train(world, teacher, flags));
        Assert.True(result.ExitCode == 0, result.Error);
        JsonElement started = result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(
            line => JsonDocument.Parse(line).RootElement)
            .First(e => e.GetProperty("event").GetString() == "started");
        return (started, result.Out);
    }
}
