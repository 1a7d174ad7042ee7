using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Tests.Teachers;

/// <summary>Jobs over the real wire protocol, in this process.</summary>
public class TeacherRunTests
{
    [Theory]
    [InlineData("chat")]
    [InlineData("completion")]
    public async Task Run_EveryPassingFault_AsksAgainAndTheTeacherIsComplete(string api)
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(60);
        Fault[] passing =
        [
            Fault.TooManyRequests, Fault.TooManyRequestsAfterSeconds, Fault.TooManyRequestsAfterDate, Fault.ServerError, Fault.BadGateway,
            Fault.Unavailable, Fault.CutBody, Fault.Malformed, Fault.NoChoice,
        ];
        world.Provider.FaultOf = (row, before) =>
            before == 0 && row < 2 + passing.Length
                ? passing[row - 2]
                : row == 20
                ? Fault.ContentFilter
                : row == 21
                ? Fault.CutAtLength
                : row == 22
                ? Fault.NoUsage
                : Fault.None;
        world.Provider.Answer = (a, b, _) => a == 23 ? "I would rather not say." : a == 24 ? "Wrong. The answer is ( 1.0 + 1.0 )." : $"She "
            + $"adds {a} and {b}. The answer is ( {a}.0 + {b}.0 ).";

        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--api", api, "--concurrency", "16"));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("finished", last.GetProperty("event").GetString());
        Assert.Equal((60, 60), (last.GetProperty("rows").GetInt32(), last.GetProperty("answered").GetInt32()));
        Assert.Equal(57, last.GetProperty("parsed").GetInt32());
        Assert.Equal(56.0 / 60, last.GetProperty("agreement").GetDouble(), 6);
        Assert.Equal((1, 1), (last.GetProperty("refused").GetInt32(), last.GetProperty("truncated").GetInt32()));
        Assert.Equal(60 + passing.Length, last.GetProperty("requests").GetInt32());
        Assert.Equal(world.Provider.Questions.Count, last.GetProperty("requests").GetInt32());
        Assert.True(last.GetProperty("promptTokens").GetInt32() > 59 * 30);
        Assert.All(world.Provider.Questions, question => Assert.Equal($"Bearer {TeacherWorld.Secret}", question.Authorization));
        Assert.All(world.Provider.Questions, question => Assert.Equal(256, question.Body.GetProperty("max_tokens").GetInt32()));
        Split train = DatasetReader.Load("svamp", world.Data).RequireSplit("train");
        IReadOnlyList<TeacherAnswer> answers = train.Teachers["mine"];
        Assert.Equal(3, answers.Count(answer => answer.IsLabelBlank));
        Assert.All(answers, answer => Assert.Equal(answer.IsLabelBlank, answer.IsRationaleBlank)); // a cut rationale is not trained on
        Assert.Equal(new TeacherAnswer("She adds 7 and 51.", "( 7.0 + 51.0 )"), answers[5]);
        world.HasNoKey(result.Out, result.Error);
    }

    [Fact]
    public async Task Run_KeyExpires_StopsWithTheProvidersWordsAndContinuesWithANewKey()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(30);
        int answered = 0;
        world.Provider.FaultOf = (_, _) => Interlocked.Increment(ref answered) > 12 ? Fault.KeyExpired : Fault.None;
        world.Provider.Answer = (a, b, _) => $"With KEY she adds. The answer is ( {a}.0 + {b}.0 ).";

        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--concurrency", "3"));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("401", result.Error, StringComparison.Ordinal);
        Assert.Contains("Your key [key] has expired", result.Error, StringComparison.Ordinal);
        Assert.Equal("failed", last.GetProperty("event").GetString());
        Assert.Equal(12, last.GetProperty("answered").GetInt32());
        Assert.True(world.Provider.Questions.Count <= 15, "the rest was asked in spite of the refusal");
        world.HasNoKey(result.Out, result.Error);

        HashSet<int> before = [.. world.Provider.Questions.Where(q => q.Fault == Fault.None).Select(q => q.Row)];
        int asked = world.Provider.Questions.Count;
        world.Provider.FaultOf = (_, _) => Fault.None;
        world.PutKey("sk-renewed-0123456789");
        (last, result) = await TeacherWorld.CallAsync(world.Resume("mine"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(30, last.GetProperty("answered").GetInt32());
        Assert.Equal(18, world.Provider.Questions.Count - asked);
        Assert.Empty(world.Provider.Questions.Skip(asked).Select(q => q.Row).Intersect(before));
        Assert.All(world.Provider.Questions.Skip(asked), q => Assert.Equal("Bearer sk-renewed-0123456789", q.Authorization));
    }

    [Theory]
    [InlineData(nameof(Fault.NoSuchModel), "404", "The model `nothing` does not exist")]
    [InlineData(nameof(Fault.QuotaSpent), "429", "You exceeded your current quota")]
    [InlineData(nameof(Fault.Redirect), "302", "--endpoint")]
    public async Task Run_RefusalThatNoWaitingMends_StopsAtOnce(string fault, string status, string words)
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(30);
        world.Provider.FaultOf = (_, _) => Enum.Parse<Fault>(fault);
        (_, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--concurrency", "1"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(status, result.Error, StringComparison.Ordinal);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Single(world.Provider.Questions);
    }

    /// <summary>Asking again would be refused again: more of them than may fail in a row, and the job still finishes.</summary>
    [Theory]
    [InlineData("chat")]
    [InlineData("completion")]
    public async Task Run_PromptsThatTheContentFilterRefuses_CountAsRefusedAndAreNotAskedAgain(string api)
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(20);
        world.Provider.FaultOf = (row, _) => row < 16 ? Fault.PromptFiltered : Fault.None;
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(
            world.Run("mine", "--api", api, "--concurrency", "1"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(
            ("finished", 20, 6),
            (last.GetProperty("event").GetString(), last.GetProperty("answered").GetInt32(), last.GetProperty("parsed").GetInt32()));
        Assert.Equal(20, world.Provider.Questions.Count);

        await TeacherWorld.CallAsync(world.Resume("mine"));
        Assert.Equal(20, world.Provider.Questions.Count);
    }

    [Fact]
    public async Task Run_TemplateNamedWithoutItsKind_IsThatOfTheDatasetsKind()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(3);
        (_, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine", "--template", "zero-shot"));
        Assert.True(result.ExitCode == 0, result.Error);
        CommandResult shown = await InProcess.RunAsync(["teacher", "show", "mine", "--dataset", "svamp", "--home", world.Home, "--json"]);
        Assert.Contains("equation-zero-shot@1", shown.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OneRowThatAlwaysFails_AsksTheOthersAndSaysSo()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(10);
        world.Provider.FaultOf = (row, _) => row == 4 ? Fault.TooLong : Fault.None;
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine"));
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            ("finished", 9, 1),
            (last.GetProperty("event").GetString(), last.GetProperty("answered").GetInt32(), last.GetProperty("failed").GetInt32()));
        Assert.Contains("maximum context length", result.Error, StringComparison.Ordinal);
        Assert.Equal(9, DatasetReader.Load("svamp", world.Data).RequireSplit("train").Teachers["mine"].Count(a => !a.IsLabelBlank));
    }

    [Fact]
    public async Task Run_BudgetOfTokens_StopsBeforeItIsExceededAndResumeRaisesIt()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(30);
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(
            world.Run("mine", "--template", "equation-zero-shot", "--budget-tokens", "400", "--concurrency", "8"));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("--budget-tokens", result.Error, StringComparison.Ordinal);
        long used = last.GetProperty("promptTokens").GetInt64() + last.GetProperty("completionTokens").GetInt64();
        Assert.InRange(used, 200, 400);
        Assert.Equal(used / 40, last.GetProperty("answered").GetInt32());

        (last, result) = await TeacherWorld.CallAsync(world.Resume("mine", "--budget-tokens", "100000"));
        Assert.Equal((0, 30), (result.ExitCode, last.GetProperty("answered").GetInt32()));
        Assert.Equal(30, world.Provider.Questions.Count);
    }

    [Fact]
    public async Task Run_SeveralSamples_TheMajorityCountsAndFurtherRationalesAreFurtherTeachers()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(6);
        world.Provider.Answer = (a, b, before) =>
            before == 1 ? "Wrong. The answer is ( 0.0 + 0.0 )." : $"Way {before}. The answer is ( {a}.0 + {b}.0 ).";
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(
            world.Run("mine", "--samples", "3", "--keep", "all", "--concurrency", "1"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(
            (6, 6, 1.0),
            (last.GetProperty("answered").GetInt32(), last.GetProperty("parsed").GetInt32(), last.GetProperty("agreement").GetDouble()));
        Split train = DatasetReader.Load("svamp", world.Data).RequireSplit("train");
        Assert.All(train.Teachers["mine"], answer => Assert.Equal("Way 0.", answer.Rationale));
        Assert.All(train.Teachers["mine.2"], answer => Assert.Equal("Way 2.", answer.Rationale));
        Assert.Equal(2, train.Teachers.Count);
    }

    [Fact]
    public async Task Run_RowsThatAnotherTeacherMissed_AsksThoseAlone()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(12);
        world.Provider.Answer = (a, b, _) =>
            a % 3 == 0 ? "Wrong. The answer is ( 0.0 + 0.0 )." : $"Right. The answer is ( {a}.0 + {b}.0 ).";
        await TeacherWorld.CallAsync(world.Run("first"));
        int asked = world.Provider.Questions.Count;
        (JsonElement last, CommandResult result) = await TeacherWorld.CallAsync(
            world.Run("second", "--select", "missed", "--of", "first", "--template", "equation-rationalise"));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(4, last.GetProperty("rows").GetInt32());
        Assert.All(world.Provider.Questions.Skip(asked), question => Assert.Equal(0, question.Row % 3));
        Split train = DatasetReader.Load("svamp", world.Data).RequireSplit("train");
        Assert.Equal(train.Rows[1].Label, train.Teachers["second"][1].Label); // rationalised: the truth
        Assert.True(train.Teachers["second"][0].IsLabelBlank);
    }

    [Fact]
    public async Task Export_FiltersAndReviews_AreCountedAndTheOriginalsFormIsReadBack()
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(20);
        world.Provider.Answer = (a, b, _) => a == 3 ? "Wrong. The answer is ( 0.0 + 0.0 )."
            : a is 4 or 5 ? $"The same words. The answer is ( {a}.0 + {b}.0 )."
            : $"She takes {a} and adds {b} to it. The answer is ( {a}.0 + {b}.0 ).";
        await TeacherWorld.CallAsync(world.Run("mine"));
        TeacherJob job = TeacherJob.Find(new(world.Home), "svamp", "mine")[0];
        ReviewLog.Append(job.ReviewsPath, new(8, ReviewVerdict.Rejected, null, null, null, default));
        ReviewLog.Append(job.ReviewsPath, new(9, ReviewVerdict.Edited, "My own words.", "( 5.0 + 6.0 )", 4, default));
        string outside = Path.Combine(world.Home, "outside", "svamp");
        (JsonElement report, CommandResult result) = await TeacherWorld.CallAsync(
            [
                "teacher", "export", "mine", "--dataset", "svamp", "--home", world.Home, "--out", outside, "--only-agreeing",
                "--no-duplicates", "--rationale-share", "0.5", "--json",
            ]);
        Assert.True(result.ExitCode == 0, result.Error);
        JsonElement train = report.GetProperty("splits").GetProperty("train");
        Assert.Equal(
            (20, 1, 1, 2, 1, 8, 17, 8),
            (
                Of("rows"), Of("rejected"), Of("edited"), Of("disagreeing"), Of("duplicates"), Of("notDrawn"), Of("labels"),
                Of("rationales")));
        string[] written = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(outside, "llm", "train_CoT_0.json")))!;
        TeacherAnswer[] read = [.. written.Select(text => CompletionParser.Parse(RowFormat.Equation, "palm", text))];
        Assert.Equal(20, written.Length);
        Assert.Equal(17, read.Count(answer => !answer.IsLabelBlank));
        Assert.Equal(8, read.Count(answer => !answer.IsRationaleBlank));

        (_, result) = await TeacherWorld.CallAsync(
            ["teacher", "export", "mine", "--dataset", "svamp", "--home", world.Home, "--as", "reviewed", "--json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        IReadOnlyDictionary<string, IReadOnlyList<TeacherAnswer>> teachers =
            DatasetReader.Load("svamp", world.Data).RequireSplit("train").Teachers;
        Assert.Equal(new TeacherAnswer("My own words.", "( 5.0 + 6.0 )"), teachers["reviewed"][9]);
        Assert.True(teachers["reviewed"][8].IsLabelBlank);
        Assert.StartsWith("She takes", teachers["mine"][9].Rationale, StringComparison.Ordinal);

        (_, result) = await TeacherWorld.CallAsync(["teacher", "remove", "mine", "--yes", "--dataset", "svamp", "--home", world.Home]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["reviewed"], DatasetReader.Load("svamp", world.Data).RequireSplit("train").Teachers.Keys);
        Assert.False(Directory.Exists(job.Folder));

        int Of(string name) => train.GetProperty(name).GetInt32();
    }

    [Theory]
    [InlineData("--name", "palm", "--name palm")]
    [InlineData("--endpoint", "http://me:secret@host/v1", "user name or password")]
    [InlineData("--endpoint", "http://host/v1?key=secret", "holds a query")]
    [InlineData("--key-env", "sk-not-a-name", "do not put the key itself")]
    [InlineData("--template", "nothing", "no prompt template")]
    [InlineData("--samples", "3 --temperature 0", "repeats the same request")]
    [InlineData("--of", "nobody", "no answers")]
    [InlineData("--budget-cost", "1", "--price-prompt")]
    public async Task Run_WrongFlag_IsRefusedBeforeAnythingIsAsked(string flag, string value, string expected)
    {
        await using TeacherWorld world = await TeacherWorld.CreateAsync(3);
        CommandResult result = await InProcess.RunAsync(world.Run("mine", [flag, .. value.Split(' ')]));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.Error.Replace(expected, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("sk-not-a-name", result.Error, StringComparison.Ordinal);
        Assert.Empty(world.Provider.Questions);
    }

    [Fact]
    public async Task Run_KeyFileThatOthersCanRead_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        await using TeacherWorld world = await TeacherWorld.CreateAsync(3);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(world.KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }

        (_, CommandResult result) = await TeacherWorld.CallAsync(world.Run("mine"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("chmod 600", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(world.Home));
    }
}
