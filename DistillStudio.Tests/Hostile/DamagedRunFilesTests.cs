using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Hostile;

/// <summary>A file of a run's folder that cannot be read: the run is named, the queue goes on, and the studio stops as ever.</summary>
public sealed class DamagedRunFilesTests : IDisposable
{
    private const int Steps = 5;

    private readonly TempFolder _folder = new();

    public static bool IsLinux => OperatingSystem.IsLinux();

    public static TheoryData<string, string> FilesAndKinds
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string kind in OddFiles.All.Except(["link to itself"]))
            {
                cases.Add("attempts.json", kind);
                cases.Add("studio.json", kind);
                cases.Add("spec.json", kind);
            }

            foreach (string kind in OddFiles.NotPlain)
            {
                cases.Add("events.jsonl", kind);
            }

            foreach (string kind in OddFiles.NotPlain.Except(["3 GB"])) // what a lock holds is nobody's matter
            {
                cases.Add("run.lock", kind);
            }

            return cases;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory(SkipUnless = nameof(IsLinux), Skip = "Only Linux is asked what a file is.")]
    [MemberData(nameof(FilesAndKinds))]
    public async Task File_ThatCannotBeRead_RunIsNamedAndTheQueueContinues(string file, string kind)
    {
        RunFolder damaged = Interrupted();
        OddFiles.Put(kind, Path.Combine(damaged.Path, file));
        RunFolder waiting = Waiting();

        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        await bench.StartAsync(resumesRuns: true);

        await Eventually.Holds(() => bench.StateOf(waiting.Id) == RunState.Finished);
        await Eventually.Holds(() => bench.History.Unreadable.Any(run => run.Id == damaged.Id));
        string problem = Assert.Single(bench.History.Unreadable).Problem;
        Assert.Contains(Path.Combine(damaged.Path, file), problem, StringComparison.Ordinal);
        Assert.InRange(problem.Length, 0, 500);
    }

    [Theory(SkipUnless = nameof(IsLinux), Skip = "Only Linux is asked what a file is.")]
    [MemberData(nameof(FilesAndKinds))]
    public async Task File_DamagedWhileTheRunIsKnown_RunIsStillThere(string file, string kind)
    {
        RunFolder damaged = Interrupted();
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        await bench.StartAsync();
        await Eventually.Holds(() => bench.StateOf(damaged.Id) == RunState.Interrupted);

        OddFiles.Put(kind, Path.Combine(damaged.Path, file));
        string next = bench.Manager.Launch(RunScript.Spec(Steps));
        await Eventually.Holds(() => bench.StateOf(next) == RunState.Finished);
        _ = bench.History.Find(damaged.Id) ?? throw new InvalidOperationException("The run is gone.");
        if (file == "events.jsonl")
        {
            await Eventually.Holds(() => bench.History.Unreadable.Any(run => run.Id == damaged.Id));
        }
    }

    [Theory(SkipUnless = nameof(IsLinux), Skip = "Only Linux is asked what a file is.")]
    [InlineData("attempts.json")]
    [InlineData("events.jsonl")]
    [InlineData("run.lock")]
    public async Task Resume_FileIsAPipe_RunFailsWithASentenceThatNamesIt(string file)
    {
        RunFolder damaged = Interrupted();
        await using Bench bench = new(_folder.Home, new ScriptedExecutor());
        await bench.StartAsync();
        await Eventually.Holds(() => bench.StateOf(damaged.Id) == RunState.Interrupted);
        OddFiles.Put("pipe", Path.Combine(damaged.Path, file));

        try
        {
            bench.Manager.Resume(damaged.Id);
            await Eventually.Holds(() => bench.StateOf(damaged.Id) == RunState.Failed);
            Assert.Contains(Path.Combine(damaged.Path, file), bench.History.Find(damaged.Id)!.Failure!.Message, StringComparison.Ordinal);
        }
        catch (InputException e)
        {
            Assert.Contains(Path.Combine(damaged.Path, file), e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Sidecar_WithWhatNoFormTakes_IsCut()
    {
        RunFolder run = Interrupted();
        File.WriteAllText(Path.Combine(run.Path, "studio.json"), JsonSerializer.Serialize(new
        {
            name = new string('n', 200_000) + "\n",
            tags = Enumerable.Repeat(new string('t', 100_000), 99).Append(null),
            notes = new string('o', 200_000),
            group = new string('g', 200_000),
            color = -7,
        }));
        RunFolder emoji = Interrupted();
        File.WriteAllText(
            Path.Combine(emoji.Path, "studio.json"),
            JsonSerializer.Serialize(
                new
                {
                    name = "x" + string.Concat(Enumerable.Repeat("😀", 1000)) + "\u0007",
                    color = int.MaxValue,
                    queue_order = (int?)null,
                }));

        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        await Eventually.Holds(() => bench.StateOf(run.Id) == RunState.Interrupted && bench.StateOf(emoji.Id) == RunState.Interrupted);

        RunSummary found = bench.History.Find(run.Id)!;
        Assert.True(SettingLimits.IsName(found.Title));
        Assert.InRange(found.Tags.Count, 1, SettingLimits.MostTags);
        Assert.All(found.Tags, tag => Assert.True(SettingLimits.IsName(tag)));
        Assert.Equal(SettingLimits.LongestNotes, found.Notes.Length);
        Assert.True(SettingLimits.IsName(found.Group!));
        Assert.InRange(found.Color!.Value, 0, 10);
        RunSummary other = bench.History.Find(emoji.Id)!;
        Assert.True(SettingLimits.IsName(other.Title));
        Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(other.Title)));
        Assert.InRange(other.Color!.Value, 0, 10);
    }

    [Theory]
    [InlineData("dataset")]
    [InlineData("from_pretrained")]
    [InlineData("data_dir")]
    [InlineData("name")]
    [InlineData("llm")]
    [InlineData("device")]
    [InlineData("model_type")]
    public async Task Spec_WithATextOf200000Characters_IsRefusedInAShortSentence(string field)
    {
        RunFolder run = Interrupted();
        string spec = File.ReadAllText(run.SpecPath);
        string property = $"\"{field}\":";
        string spoiled = string.Join(
            '\n',
            spec.Split('\n').Select(
                line => line.Contains(property, StringComparison.Ordinal) ? $"{property} \"{new string('x', 200_000)}\"," : line));
        File.WriteAllText(run.SpecPath, spoiled.Replace(",\n}", "\n}", StringComparison.Ordinal));

        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();

        await Eventually.Holds(() => bench.History.Unreadable.Any(found => found.Id == run.Id));
        string problem = bench.History.Unreadable[0].Problem;
        Assert.InRange(problem.Length, 0, 500);
        Assert.Contains(run.SpecPath, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max_steps", "-1")]
    [InlineData("batch_size", "0")]
    [InlineData("eval_steps", "0")]
    [InlineData("lr", "1e300")]
    [InlineData("alpha", "\"NaN\"")]
    public async Task Spec_WithANumberOutOfRange_IsRefusedInASentence(string field, string value)
    {
        RunFolder run = Interrupted();
        string spec = File.ReadAllText(run.SpecPath);
        string property = $"\"{field}\":";
        File.WriteAllText(
            run.SpecPath,
            string.Join(
                '\n', spec.Split('\n').Select(line => line.Contains(property, StringComparison.Ordinal) ? $"{property} {value}," : line)));

        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();

        await Eventually.Holds(() => bench.History.Unreadable.Any(found => found.Id == run.Id));
        Assert.Contains(field, bench.History.Unreadable[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_WithTextsThatNobodyReads_AreCut()
    {
        RunFolder run = Interrupted(new Failed(1, new string('m', 1 << 20), new string('r', 1 << 20), new string('d', 1 << 20)));

        await using Bench bench = await new Bench(_folder.Home, new ScriptedExecutor()).StartAsync();
        await Eventually.Holds(() => bench.StateOf(run.Id) == RunState.Failed);

        Failed failure = bench.History.Find(run.Id)!.Failure!;
        Assert.All([failure.Message, failure.Remedy!, failure.Detail!], text => Assert.InRange(text.Length, 1, SettingLimits.LongestNotes));
    }

    /// <summary>As a studio that was killed while it trained leaves it.</summary>
    private RunFolder Interrupted(RunEvent? last = null)
    {
        IEnumerable<RunEvent> events =
        [
            RunScript.Started(RunScript.Spec(Steps)), RunScript.Step(1, RunScript.Spec(Steps)),
            new Checkpointed(1, "checkpoints/step-000001.safetensors", false, 1), .. last is null ? Array.Empty<RunEvent>() : [last],
        ];
        RunFolder folder = RunFiles.Create(_folder.Home, RunScript.Spec(Steps), events);
        File.WriteAllText(Path.Combine(folder.Path, "attempts.json"), "{\"step\": 1, \"count\": 1}");
        return folder;
    }

    private RunFolder Waiting()
    {
        RunFolder folder = RunFolder.Create(_folder.Home.Runs, RunScript.Spec(Steps), RunScript.Start);
        File.WriteAllText(Path.Combine(folder.Path, "studio.json"), "{\"queue_order\": 1}");
        return folder;
    }
}
