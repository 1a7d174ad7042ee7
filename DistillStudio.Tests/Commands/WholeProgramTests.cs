using System.Text.Json;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Commands;

/// <summary>The program from the outside: processes, their output and exit codes, on generated data.</summary>
public sealed class WholeProgramTests : IDisposable
{
    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("standard", "gt")]
    [InlineData("task_prefix", "gt")]
    [InlineData("standard", "llm")]
    [InlineData("task_prefix", "llm")]
    [InlineData("single_task", "gt")]
    public async Task Train_EachMode_LossFallsAndTheModelIsJudgedAndAskedAsItWasTrained(string method, string labels)
    {
        bool hasRationale = method != "standard";

        JsonElement[] events = await TrainAsync("--model_type", method, "--label_type", labels, "--llm", "palm");

        JsonElement[] steps = [.. events.Where(e => Kind(e) == "progressed")];
        Assert.Equal(12, steps.Length);
        Assert.True(steps[^3..].Average(Loss) < steps[..3].Average(Loss));
        Assert.All(steps, s => Assert.Equal(hasRationale, s.GetProperty("rationaleLoss").ValueKind == JsonValueKind.Number));
        Assert.Equal(Enumerable.Range(1, events.Length), events.Select(e => e.GetProperty("number").GetInt32()));

        JsonElement finished = events[^1];
        Assert.Equal("finished", Kind(finished));
        double accuracy = finished.GetProperty("test").GetProperty("accuracy").GetDouble();
        string model = finished.GetProperty("model").GetString()!;
        string[] files =
            ["config.json", "generation_config.json", "model.safetensors", "spec.json", "spiece.model", "tokenizer_config.json"];
        Assert.Equal(files, Directory.GetFiles(model).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        JsonElement judged = await ProgramRun.JsonAsync(
            "evaluate", "--model", model, "--data-dir", _world.Data, "--home", _world.Home, "--threads", "1");
        Assert.Equal(accuracy, judged.GetProperty("accuracy").GetDouble());
        Assert.Equal(method, judged.GetProperty("modelType").GetString());
        Assert.Equal(8, judged.GetProperty("rows").GetInt32());
        Assert.Equal(hasRationale, judged.GetProperty("rationaleLoss").ValueKind == JsonValueKind.Number);
        JsonElement told = events.Last(e => Kind(e) == "evaluated" && e.GetProperty("split").GetString() == "test");
        Assert.Equal(told.GetProperty("labelLoss").GetDouble(), judged.GetProperty("labelLoss").GetDouble(), 1e-4);

        JsonElement searched = await ProgramRun.JsonAsync(
            "evaluate", "--model", model, "--data-dir", _world.Data, "--home", _world.Home, "--threads", "1", "--beams", "3");
        Assert.Equal((1, 3), (judged.GetProperty("beams").GetInt32(), searched.GetProperty("beams").GetInt32()));
        Assert.Equal(judged.GetProperty("labelLoss").GetDouble(), searched.GetProperty("labelLoss").GetDouble());
        Assert.InRange(searched.GetProperty("accuracy").GetDouble(), 0, 1);

        string[] ask =
            ["predict", "--model", model, "--input", "Ann has 3 apples and finds 4 more.\nHow many apples has she?", "--threads", "1"];
        JsonElement answer = await ProgramRun.JsonAsync(
            [.. ask, "--beams", "2", .. hasRationale ? ["--rationale"] : Array.Empty<string>()]);
        Assert.Equal(JsonValueKind.String, answer.GetProperty("label").ValueKind);
        Assert.Equal(hasRationale, answer.GetProperty("rationale").ValueKind == JsonValueKind.String);
    }

    [Fact]
    public async Task Train_WithoutJson_TellsAPersonHowItWent()
    {
        CommandResult result = await ProgramRun.ToEndAsync(_world.Train());

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("svamp: step-by-step, rationales of palm", result.Out, StringComparison.Ordinal);
        Assert.Contains("step 6  validation accuracy", result.Out, StringComparison.Ordinal);
        Assert.Contains("test accuracy", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Out);
    }

    [Fact]
    public async Task Train_Recorded_KeepsSpecAndEventsAndNoLogKeepsNeither()
    {
        string @out = Path.Combine(_world.Root, "model");
        await TrainAsync("--out", @out, "--max_steps", "2");
        string run = Assert.Single(_world.RunFolders());
        Assert.True(File.Exists(Path.Combine(run, "spec.json")));
        Assert.Equal("finished", Kind(JsonDocument.Parse(File.ReadLines(Path.Combine(run, "events.jsonl")).Last()).RootElement));
        DateTime first = File.GetLastWriteTimeUtc(Path.Combine(@out, "model.safetensors"));

        await TrainAsync("--out", @out, "--max_steps", "2", "--no_log"); // an earlier export may be replaced

        Assert.True(File.GetLastWriteTimeUtc(Path.Combine(@out, "model.safetensors")) > first);
        string second = Assert.Single(_world.RunFolders().Except([run]));
        Assert.Empty(Directory.GetFiles(second, "spec.json"));
        Assert.Empty(Directory.GetFiles(second, "events.jsonl"));
    }

    [Fact]
    public async Task Train_WhileDataAndModelAreRead_IsInItsRecordWithThesePhases()
    {
        CommandResult result = await InProcess.RunAsync(_world.Train("--max_steps", "1", "--json"));

        Assert.Equal(0, result.ExitCode);
        string[] recorded = File.ReadAllLines(Path.Combine(Assert.Single(_world.RunFolders()), "events.jsonl"));
        Assert.Equal(
            [("phase_started", "reading_data"), ("phase_started", "loading_model")],
            recorded.Take(2).Select(line => JsonDocument.Parse(line).RootElement)
                .Select(line => (Kind(line), line.GetProperty("phase").GetString())));
        Assert.Equal(recorded, result.Out.TrimEnd().Split('\n').Select(line => line.TrimEnd('\r')));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Train_Interrupted_StopsAfterItsStepAndEnds130(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are POSIX.");
        Assert.SkipWhen(signal == "INT"
            && IgnoresInterrupts(), "A shell that starts a job in the background (`&`, nohup) makes it and its children deaf to Ctrl+C.");
        using ProgramRun run = ProgramRun.Start(_world.Train("--max_steps", "100000", "--eval_steps", "100000", "--json"));
        await run.LineAsync("\"step\":2,");

        await run.SignalAsync(signal);

        CommandResult result = await run.EndAsync();
        Assert.Equal(130, result.ExitCode);
        string folder = Assert.Single(_world.RunFolders());
        Assert.Contains($"Continue with `train --resume {SpecArguments.Quote(folder)}`.", result.Problems);
        Assert.StartsWith("""{"event":"cancelled",""", result.Out.TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public async Task Train_WeightsThatOverflow_Ends1WithASentence()
    {
        string model = Path.Combine(_world.Root, "model");
        await TrainAsync("--out", model, "--max_steps", "1");
        using (FileStream weights = File.OpenWrite(Path.Combine(model, "model.safetensors")))
        {
            weights.Seek(-4096, SeekOrigin.End);
            weights.Write([.. Enumerable.Range(0, 1024).SelectMany(_ => BitConverter.GetBytes(float.MaxValue))]);
        }

        CommandResult result = await ProgramRun.ToEndAsync(_world.Train("--from_pretrained", model, "--init", "pretrained", "--json"));

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("failed", Kind(JsonDocument.Parse(result.Out.TrimEnd().Split('\n')[^1]).RootElement));
        Assert.Contains("step 1", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_BadInput_Ends2AndWritesNothing()
    {
        string foreign = Path.Combine(_world.Root, "foreign");
        Directory.CreateDirectory(foreign);
        File.WriteAllText(Path.Combine(foreign, "thesis.tex"), "");
        (string[] Flags, string Part)[] cases =
        [
            (["--batch_size", "0", "--alpha", "2"], "--alpha"),
            (["--from_pretrained", "/no/such/model"], "/no/such/model"),
            (["--dataset", "cqa"], "cqa"),
            (["--llm", "gpt"], "gpt"),
            (["--out", foreign], "thesis.tex"),
        ];
        foreach ((string[] flags, string part) in cases)
        {
            CommandResult result = await ProgramRun.ToEndAsync(_world.Train(flags));

            Assert.Equal(2, result.ExitCode);
            Assert.Contains(part, result.Problems[0], StringComparison.Ordinal);
        }

        Assert.Empty(_world.RunFolders());
    }

    [Fact]
    public async Task Predict_StandardInput_IsOneQuestion()
    {
        string model = Path.Combine(_world.Root, "model");
        await TrainAsync("--out", model, "--max_steps", "1");

        CommandResult result = await ProgramRun.ToEndAsync(
            ["predict", "--model", model, "--input", "-", "--threads", "1", "--rationale"], "Ann has 3 apples.\nHow many?\n");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(2, result.Out.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public async Task Models_Demo_TellsItsShape()
    {
        JsonElement model = await ProgramRun.JsonAsync("models", "show", "demo", "--home", _world.Home);

        Assert.True(model.GetProperty("isTied").GetBoolean());
        Assert.Equal(64, model.GetProperty("shape").GetProperty("dModel").GetInt32());
        Assert.True(model.GetProperty("parameters").GetInt64() > 100_000);
        Assert.True(model.GetProperty("tokenizerSize").GetInt32() <= model.GetProperty("shape").GetProperty("vocabSize").GetInt32());
        Assert.Equal(JsonValueKind.Null, model.GetProperty("weights").ValueKind);
    }

    /// <summary>Whether this process, and so each that it starts, was told to ignore SIGINT.</summary>
    private static bool IgnoresInterrupts() => File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is var ignored
        && (Convert.ToUInt64(ignored[7..].Trim(), 16) & 0b10) != 0;

    private async Task<JsonElement[]> TrainAsync(params string[] flags)
    {
        CommandResult result = await ProgramRun.ToEndAsync(_world.Train([.. flags, "--json"]));
        Assert.True(result.ExitCode == 0, result.Error);
        return [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Kind(JsonElement happened) => happened.GetProperty("event").GetString()!;

    private static double Loss(JsonElement step) => step.GetProperty("loss").GetDouble();
}
