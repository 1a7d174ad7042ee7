using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using DistillStudio.Commands;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Settings;

public class SpecArgumentsTests
{
    private static readonly RunSpec Plain = new() { Dataset = "cqa", FromPretrained = "models/t5", Teacher = "palm" };

    private static readonly RunSpec Full = new()
    {
        Dataset = "svamp",
        DataDir = "/data of/mine",
        FromPretrained = "it's a model",
        Init = ModelInit.Random,
        LabelSource = LabelSource.Llm,
        Teacher = "gpt",
        Alpha = 0.1 + 0.2,
        Subsample = 0.125,
        Draw = DataDraw.Nested,
        MaxSteps = 7,
        EvalSteps = 3,
        Patience = 5,
        SaveSteps = 2,
        KeepCheckpoints = 3,
        BatchSize = 5,
        GradSteps = 2,
        OptimizerName = OptimizerName.Adafactor,
        LearningRate = 1e-7,
        WarmupSteps = 4,
        LrSchedule = LrSchedule.Cosine,
        Seed = 42,
        MaxInputLength = 99,
        GenMaxLen = 11,
        Bf16 = true,
        OutputRationale = true,
        KeepBlankLabels = true,
        LeaveOutRejected = true,
        Device = "cuda:1",
        Threads = 3,
        NoCudaGraphs = true,
        NoOwnKernels = true,
        EvalLimit = 17,
        Keep = KeepModel.Last,
        Name = "-x $(touch /tmp/no) \"`*` ünï",
    };

    public static TheoryData<RunSpec> Specs => [
        Plain,
        Full,
        Full with { Method = MethodNames.SingleTask, Alpha = 0.5, OutputRationale = false },
        Full with { Method = MethodNames.SeveralTeachers, Teacher = "palm,gpt,my-teacher", TeacherWeights = "2,1,0.5" },
        Full with { Method = MethodNames.ManyRationales, Rationales = 3 },
        Plain with { Method = MethodNames.Standard, Teacher = null },
        Plain with { Method = MethodNames.Standard, Teacher = "palm" },
        Plain with { Method = MethodNames.Standard, LabelSource = LabelSource.Llm },
        Plain with { Teacher = "my-teacher" },
        Plain with { Bf16 = true },
        Plain with { Bf16 = false },
        Plain with { Name = "" },
        Plain with { Name = "--lr" },
        RunDefaults.Demo,
        RunDefaults.DemoStandard with { Teacher = null },
        RunDefaults.Demo with { FromPretrained = "runs/1/model" },
        RunDefaults.Demo with
        {
            Init = ModelInit.Pretrained,
            FromPretrained = "runs/1/model",
            LabelSource = LabelSource.Llm,
            MaxSteps = 10_000,
            BatchSize = 64,
            LearningRate = 5e-5,
        },
    ];

    [Theory]
    [MemberData(nameof(Specs))]
    public async Task CommandLine_ThenShellThenRead_GivesAnEqualSpec(RunSpec spec)
    {
        string[] arguments = await SplitAsync(SpecArguments.CommandLine(spec, "program"));

        Assert.Equal("train", arguments[0]);
        Assert.Equal(spec, Read(arguments[1..]));
    }

    [Theory]
    [InlineData(MethodNames.Standard)]
    [InlineData(MethodNames.SingleTask)]
    public void CommandLine_SettingsWithoutMeaning_AreOmitted(string method)
    {
        RunSpec spec = Plain with
        {
            Method = method,
            Teacher = method == MethodNames.Standard ? null : "palm",
            Alpha = 0.25,
            OutputRationale = true,
            KeepBlankLabels = true,
        };
        Assert.Equal(
            $"dotnet run --project DistillStudio -- train --from_pretrained models/t5 --dataset cqa --model_type {method}",
            SpecArguments.CommandLine(spec));
    }

    [Fact]
    public void Full_EveryProperty_DiffersFromItsDefault()
    {
        // Otherwise the round trip above would not notice a property without a flag. With a method other than the default,
        // alpha would not survive the round trip; the settings specific to one method are among the specs above, those of a branch in a
        // test below.
        string[] ofOneMethod =
        [
            nameof(RunSpec.Method), nameof(RunSpec.TeacherWeights), nameof(RunSpec.Rationales), nameof(RunSpec.Branch),
            nameof(RunSpec.BranchStep),
        ];
        var defaults = new RunSpec { Dataset = "", FromPretrained = "" };
        foreach (PropertyInfo property in typeof(RunSpec).GetProperties()
            .Where(property => property.CanWrite && !ofOneMethod.Contains(property.Name)))
        {
            Assert.NotEqual(property.GetValue(defaults), property.GetValue(Full));
            Assert.Equal(property.Name, SettingsTable.Of(property.Name).Property);
        }
    }

    /// <summary>Needs no teacher's review.</summary>
    private static RunSpec Judged => Full with { LeaveOutRejected = false };

    public static TheoryData<RunSpec, RunSpec> Branches => new()
    {
        { Plain, Plain },
        { Plain with { Alpha = 0.3, EvalLimit = 7 }, Plain with { Alpha = 0.5, EvalLimit = null, Patience = 3 } },
        { Full, Full with { Alpha = 0.5, Teacher = "palm", SaveSteps = null, LabelSource = LabelSource.Gt, KeepBlankLabels = true } },
        { Judged, Judged with { Method = MethodNames.Standard, LabelSource = LabelSource.Gt, Teacher = null, Seed = 0, Name = "x y" } },
        { Plain with { Method = MethodNames.Standard, Teacher = null }, Plain },
        { Judged, Judged with { OutputRationale = false, KeepBlankLabels = false } },
    };

    [Theory]
    [MemberData(nameof(Branches))]
    public async Task CommandLine_OfABranchThenRead_GivesAnEqualSpecWithAndWithoutItsParent(RunSpec parent, RunSpec changed)
    {
        var branch = BranchRules.Inherit(changed with { MaxSteps = 700 }, "20260101-a-b-c", 400) with { Name = changed.Name };
        foreach (RunSpec? known in new[] { parent, null })
        {
            string[] arguments = await SplitAsync(SpecArguments.CommandLine(branch, "program", known));

            Assert.Equal(["--branch", "20260101-a-b-c"], arguments.SkipWhile(word => word != "--branch").Take(2));
            RunSpec read = SpecArguments.ReadBranch(
                BranchRules.Inherit(parent, "20260101-a-b-c", null), ValueIn(arguments), problem => Assert.Fail(problem));
            // what does not apply keeps its parent's value, and has no effect
            Assert.Empty(BranchRules.Changed(branch, read).Select(setting => setting.JsonName));
            Assert.Equal((branch.Branch, branch.BranchStep), (read.Branch, read.BranchStep));
        }
    }

    [Fact]
    public void ReadBranch_FixedSettings_AreRefusedUnlessTheyStayAsTheyWere()
    {
        List<string> problems = [];
        SpecArguments.ReadBranch(
            BranchRules.Inherit(Full with { MaxSteps = 70 }, "r", 5),
            ValueIn(["--batch_size", "6", "--grad_steps", "2", "--dataset", "cqa", "--alpha", "9"]), problems.Add);

        Assert.Equal(["--dataset", "--batch_size", "--alpha"], problems.Select(problem => problem.Split(' ')[0]));
        Assert.Contains("leave it as it was, 5,", problems[1], StringComparison.Ordinal);
    }

    public static TheoryData<string> Switches =>
        [.. SettingsTable.All.Where(setting => setting.Kind == SettingKind.Switch).Select(setting => setting.Property)];

    [Theory]
    [MemberData(nameof(Switches))]
    public void ReadBranch_SwitchThatItsParentHadOn_IsTurnedOffByItsNegation(string property)
    {
        Setting setting = SettingsTable.Of(property);
        RunSpec parent = BranchRules.Inherit(setting.Read(Full with { MaxSteps = 70 }, "true")!, "r", 5);
        string negation = setting.Flags.Single(flag => flag.Switch == "false").Name.Replace('_', '-');
        Assert.True(negation == $"--no-{setting.Flag[2..]}".Replace('_', '-') || setting.Flag == $"--no-{negation[2..]}", negation);

        RunSpec read = SpecArguments.ReadBranch(parent, ValueIn(Spelled(negation)), problem => Assert.Fail(problem));
        Assert.Equal(("true", "false"), (setting.Write(parent), setting.Write(read)));

        List<string> problems = [];
        SpecArguments.ReadBranch(parent, ValueIn(Spelled(setting.Flag, negation)), problems.Add);
        Assert.Contains("exclude each other", Assert.Single(problems), StringComparison.Ordinal);
    }

    /// <summary>The words with their flags as the program declares them.</summary>
    private static string[] Spelled(params string[] words)
    {
        var train = new RootCommand();
        foreach (Option option in new TrainFlags(isFolder: _ => true).Options)
        {
            train.Add(option);
        }

        return FlagSpelling.Canonical(words, train);
    }

    private static Func<SettingFlag, string?> ValueIn(string[] arguments) => flag =>
        Array.FindLastIndex(arguments, word => word == flag.Name || word.StartsWith($"{flag.Name}=", StringComparison.Ordinal)) switch
        {
            < 0 => null,
            var at when arguments[at].Contains('=', StringComparison.Ordinal) => arguments[at][(flag.Name.Length + 1)..],
            var at => flag.Switch ?? arguments[at + 1],
        };

    [Fact]
    public void CommandLine_Defaults_NamesOnlySettingsWithoutOne() =>
        Assert.Equal(
            "dotnet run --project DistillStudio -- train --from_pretrained models/t5 --dataset cqa", SpecArguments.CommandLine(Plain));

    [Theory]
    [InlineData("--model_type standard --label_type gt --batch_size 64", MethodNames.Standard, LabelSource.Gt, null)]
    [InlineData(
        "--model_type task_prefix --label_type gt --llm palm --alpha 0.5 --batch_size 64", MethodNames.TaskPrefix, LabelSource.Gt, "palm")]
    [InlineData("--model_type standard --label_type llm --llm palm --batch_size 64", MethodNames.Standard, LabelSource.Llm, "palm")]
    [InlineData(
        "--model_type task_prefix --label_type llm --llm palm --alpha 0.5 --batch_size 64", MethodNames.TaskPrefix, LabelSource.Llm,
        "palm")]
    [InlineData("--model-type TASK_PREFIX --label-type=LLM --llm GPT", MethodNames.TaskPrefix, LabelSource.Llm, "gpt")]
    [InlineData("--model_type standard --llm None", MethodNames.Standard, LabelSource.Gt, null)]
    [InlineData("", MethodNames.TaskPrefix, LabelSource.Gt, "palm")]
    public void Read_RunsOfThePaper_KeepsItsDefaults(string flags, string method, LabelSource labels, string? teacher)
    {
        RunSpec spec = Read(
            ["--from_pretrained", "models/t5", "--dataset", "cqa", .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(Plain with { Method = method, LabelSource = labels, Teacher = teacher }, spec);
    }

    [Theory]
    [InlineData("--dataset demo", MethodNames.TaskPrefix, "demo")]
    [InlineData("--dataset demo --model_type standard", MethodNames.Standard, null)]
    public void Read_DemoAlone_NeedsNothingElse(string flags, string method, string? teacher) =>
        Assert.Equal(RunDefaults.Demo with { Method = method, Teacher = teacher }, Read(flags.Split(' ')));

    [Theory]
    [InlineData("--dataset demo --from_pretrained models/t5", ModelInit.Pretrained)]
    [InlineData("--dataset demo --from_pretrained demo", ModelInit.Random)]
    [InlineData("--dataset demo --from_pretrained models/t5 --init random", ModelInit.Random)]
    [InlineData("--dataset cqa --from_pretrained demo", ModelInit.Random)]
    [InlineData("--from_pretrained demo --dataset cqa --init pretrained", ModelInit.Pretrained)]
    [InlineData("--dataset cqa --from_pretrained models/demo", ModelInit.Pretrained)]
    public void Read_Init_IsRandomByDefaultForTheDemoModelAlone(string flags, ModelInit init) =>
        Assert.Equal(init, Read(flags.Split(' ')).Init);

    [Fact]
    public void Read_FlagGivenTwice_KeepsTheLast() =>
        Assert.Equal(0.25, Read(["--dataset", "cqa", "--from_pretrained", "m", "--alpha", "0.75", "--alpha=0.25"]).Alpha);

    private static RunSpec Read(string[] arguments)
    {
        var flags = new TrainFlags(isFolder: _ => true);
        var train = new RootCommand();
        foreach (Option option in flags.Options)
        {
            train.Add(option);
        }

        return flags.Read(train.Parse(FlagSpelling.Canonical(arguments, train))).Spec;
    }

    /// <summary>Splits like a shell.</summary>
    private static async Task<string[]> SplitAsync(string commandLine)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The line is quoted for POSIX shells.");
        var start =
            new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, ArgumentList = { "-c", $"program() {{ printf '%s\\0' \"$@\"; }}; {commandLine}" } };
        using Process shell = Process.Start(start)!;
        string written = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        return written.Split('\0')[..^1];
    }
}
