using System.Text.Json;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Commands.Comparing;

/// <summary>A shell script takes the place of a Python with transformers.</summary>
public sealed class ComparisonTests : IDisposable
{
    private const string Figures =
        "\\\"program\\\":\\\"transformers 9, torch 9\\\",\\\"device\\\":\\\"cpu\\\",\\\"precision\\\":\\\"float32\\\",\\\"threads\\\":1,"
        + "\\\"examplesPerSecond\\\":0.5,\\\"stepSeconds\\\":8,\\\"generatedTokensPerSecond\\\":0.25";

    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    private string Folder => Path.Combine(_world.Home, "compare");

    [Fact]
    public async Task Compare_WithoutAPython_WritesScriptAndWorkAndPrintsTheCommand()
    {
        CommandResult result = await BenchAsync("--compare", "hf");

        Assert.Equal(0, result.ExitCode);
        string script = Path.Combine(Folder, "hf_speed.py"), work = Path.Combine(Folder, "hf-work.json");
        Assert.Contains($"python3 {script} {work} > hf-result.json", result.Out, StringComparison.Ordinal);
        Assert.Contains("--hf-result hf-result.json", result.Out, StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllText(Path.Combine(RepositoryFolder.Root, "DistillStudio.Tests", "Figures", "hf_speed.py")),
            File.ReadAllText(script));
        JsonElement written = JsonDocument.Parse(File.ReadAllBytes(work)).RootElement;
        Assert.Equal(("cpu", "float32", 1), (
            written.GetProperty("device").GetString(), written.GetProperty("precision").GetString(),
            written.GetProperty("threads").GetInt32()));
        JsonElement task = written.GetProperty("steps")[0][0][1];
        Assert.Equal(0.5, task.GetProperty("weight").GetDouble());
        Assert.Equal([4, 4], [task.GetProperty("inputs").GetArrayLength(), task.GetProperty("targets").GetArrayLength()]);
        Assert.Equal(written.GetProperty("steps").GetArrayLength(), written.GetProperty("examples").GetArrayLength());
        Assert.Equal(64, written.GetProperty("config").GetProperty("d_model").GetInt32());
        Assert.Equal(4, written.GetProperty("generation").GetProperty("tokens").GetInt32());
    }

    [Fact]
    public async Task Compare_APythonIsNamed_PrintsTheRatios()
    {
        CommandResult result = await BenchAsync("--compare", "hf", "--python", Python(), "--json");

        Assert.Equal(0, result.ExitCode);
        JsonElement report = JsonDocument.Parse(result.Out).RootElement;
        JsonElement comparison = report.GetProperty("comparison");
        Assert.Equal("transformers 9, torch 9", comparison.GetProperty("program").GetString());
        Assert.Equal(
            report.GetProperty("examplesPerSecond").GetDouble() / 0.5, comparison.GetProperty("trainingRatio").GetDouble(), 1e-6);
        Assert.Equal(
            report.GetProperty("generatedTokensPerSecond").GetDouble() / 0.25, comparison.GetProperty("generationRatio").GetDouble(), 1e-6);
    }

    [Fact]
    public async Task Compare_TheResultIsGivenBack_PrintsTheRatiosOfTheSameWorkOnly()
    {
        await BenchAsync("--compare", "hf");
        string digest = ComparisonWork.DigestOf(await File.ReadAllBytesAsync(Path.Combine(Folder, "hf-work.json"), Cancellation));
        string file = Path.Combine(_world.Home, "result.json");
        await File.WriteAllTextAsync(file, $"loading\n{{\"work\":\"{digest}\",{Figures.Replace("\\", "")}}}\n", Cancellation);

        CommandResult same = await BenchAsync("--compare", "hf", "--hf-result", file);
        CommandResult other = await BenchAsync("--compare", "hf", "--hf-result", file, "--batch-size", "3");

        Assert.Equal(0, same.ExitCode);
        Assert.Contains("ours / Hugging Face", same.Out, StringComparison.Ordinal);
        Assert.Contains("(transformers 9, torch 9)", same.Out, StringComparison.Ordinal);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("was measured on other work", Assert.Single(other.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"work":"x","program":"p","device":"cpu","precision":"float32","threads":1,"examplesPerSecond":0,"stepSeconds":1,"generatedTokensPerSecond":1}""")]
    [InlineData("""{"work":"x","program":null,"device":"cpu","precision":"float32","threads":1,"examplesPerSecond":1,"stepSeconds":1,"generatedTokensPerSecond":1}""")]
    public async Task Compare_AResultThatIsNone_SaysSoBeforeMeasuring(string content)
    {
        string file = Path.Combine(_world.Home, "result.json");
        Directory.CreateDirectory(_world.Home);
        await File.WriteAllTextAsync(file, content, Cancellation);
        CommandResult result = await BenchAsync("--compare", "hf", "--hf-result", file);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{file} holds no figures", Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Theory]
    [InlineData("echo 'This Python lacks what is compared with (No module named transformers).' >&2; exit 3", "pip install torch transformers")]
    [InlineData("echo 'Traceback' >&2; echo 'ValueError: odd' >&2; exit 1", "failed (ValueError: odd)")]
    [InlineData("exit 7", "failed (exit code 7)")]
    public async Task Compare_ThePythonLacksSomething_SaysWhatBeforeMeasuring(string body, string words)
    {
        CommandResult result = await BenchAsync("--compare", "hf", "--python", Script(body));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(words, Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public async Task Compare_NoSuchPython_SaysSo()
    {
        CommandResult result = await BenchAsync("--compare", "hf", "--python", "/no/such/python");

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("--python /no/such/python cannot be run", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--compare jax is unknown; use hf.", "--compare", "jax")]
    [InlineData("--python belongs to --compare hf; add that.", "--python", "python3")]
    [InlineData("--hf-result belongs to --compare hf; add that.", "--hf-result", "x.json")]
    [InlineData("give one of them", "--compare", "hf", "--python", "python3", "--hf-result", "x.json")]
    [InlineData("--hf-result /no/such/file cannot be read", "--compare", "hf", "--hf-result", "/no/such/file")]
    [InlineData("--compare hf cannot be used with mutual_information", "--compare", "hf", "--model_type", "mutual_information")]
    public async Task Compare_UsedWrongly_SaysHow(string words, params string[] flags)
    {
        CommandResult result = await BenchAsync(flags);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(words, Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<CommandResult> BenchAsync(params string[] flags) => InProcess.RunAsync(
    [
        "bench", "--model", "demo", "--init", "random", "--dataset", "svamp", "--data-dir", _world.Data, "--home", _world.Home,
        "--batch-size", "4", "--steps", "2", "--gen_max_len", "4", "--device", "cpu", "--threads", "1", .. flags,
    ]);

    /// <summary>Returns a program that names its figures' work as the script does.</summary>
    private string Python() => Script(
        $"""
        if [ "$2" = --check ]; then echo '{"{"}"program":"fake"{"}"}'; exit 0; fi
        echo loading
        echo "{"{"}\"work\":\"$(sha256sum "$2" | cut -d' ' -f1)\",{Figures}{"}"}"
        """);

    private string Script(string body)
    {
        Directory.CreateDirectory(_world.Home);
        string path = Path.Combine(_world.Home, "fake python");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        FileModes.Set(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
