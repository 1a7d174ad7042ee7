using System.Text.Json.Nodes;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands.Comparing;

/// <summary>
/// Compares a benchmark with Hugging Face's T5 on the same work: writes the work and the script that measures it into the home, and reads
/// its figures from a file or from a Python that it runs.
/// </summary>
/// <param name="home">The home, whose folder <c>compare</c> receives script and work.</param>
/// <param name="python">The Python to run; null for none.</param>
/// <param name="resultPath">File with the script's output; null for none.</param>
internal sealed class Comparison(StudioHome home, string? python, string? resultPath)
{
    internal const string ScriptName = "hf_speed.py";
    private const string ResultName = "hf-result.json";
    private const int MaxResultBytes = 1 << 20;

    private string _digest = "";
    private OtherFigures? _figures;

    private string Folder => Path.Combine(home.Path, "compare");

    private string ScriptPath => Path.Combine(Folder, ScriptName);

    private string WorkPath => Path.Combine(Folder, "hf-work.json");

    /// <summary>The command to run by hand.</summary>
    private string Command => $"{Quote(python ?? "python3")} {Quote(ScriptPath)} {Quote(WorkPath)} > {ResultName}";

    /// <summary>Writes script and work, and checks the result or the Python before anything is measured.</summary>
    /// <param name="session">The session that is measured.</param>
    /// <param name="steps">Number of timed steps.</param>
    /// <param name="stop">Ends a running Python.</param>
    /// <exception cref="InputException">The home is not writable, the result is of other work, or the Python lacks something.</exception>
    public void Prepare(TrainingSession session, int steps, CancellationToken stop)
    {
        byte[] work = ComparisonWork.Write(session, steps);
        _digest = ComparisonWork.DigestOf(work);
        if (resultPath is not null)
        {
            _figures = OtherFigures.Read(ReadResult(resultPath), resultPath, _digest);
        }

        try
        {
            Directory.CreateDirectory(Folder);
            AtomicFile.Write(WorkPath, stream => stream.Write(work));
            AtomicFile.Write(ScriptPath, stream =>
            {
                using Stream script = typeof(Comparison).Assembly.GetManifestResourceStream($"DistillStudio.{ScriptName}")!;
                script.CopyTo(stream);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Folder} cannot be written ({e.Message.TrimEnd('.')}); name another home with --home.", e);
        }

        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Checks that the Python has what the script needs. Takes a few seconds.</summary>
    /// <exception cref="InputException">It lacks something.</exception>
    public Task CheckAsync(CancellationToken stop) =>
        python is null ? Task.CompletedTask : new PythonProgram(python).RunAsync([ScriptPath, "--check"], stop);

    /// <summary>Measures the other program, if a Python was named.</summary>
    /// <exception cref="InputException">It failed.</exception>
    public async Task MeasureAsync(CancellationToken stop)
    {
        if (python is not null)
        {
            string output = await new PythonProgram(python).RunAsync([ScriptPath, WorkPath], stop);
            _figures = OtherFigures.Read(output, python, _digest);
        }
    }

    /// <summary>Returns rows for the report's table.</summary>
    public IEnumerable<(string What, string Value)> Lines(BenchmarkReport report) => _figures is { } other
        ?
        [
            ("Hugging Face", FormattableString.Invariant(
                $"{other.ExamplesPerSecond:0.0} examples/s, generation {other.GeneratedTokensPerSecond:N0} tokens/s ({other.Program})")),
            ("ours / Hugging Face", FormattableString.Invariant(
                $"training {TrainingRatio(report, other):0.00} ×, generation {GenerationRatio(report, other):0.00} ×")),
        ]
        : [];

    /// <summary>Returns what remains to be done by hand; null if the figures are there.</summary>
    public string? Remaining => _figures is not null
        ? null
        : $"Run this with a Python that has torch and transformers, then repeat the benchmark with --hf-result {ResultName}:"
            + $"{Environment.NewLine}{Command}";

    /// <summary>Returns the comparison for the JSON report.</summary>
    public JsonObject ToJson(BenchmarkReport report) => _figures is { } other
        ? new()
        {
            ["program"] = other.Program,
            ["examplesPerSecond"] = other.ExamplesPerSecond,
            ["stepSeconds"] = other.StepSeconds,
            ["generatedTokensPerSecond"] = other.GeneratedTokensPerSecond,
            ["trainingRatio"] = TrainingRatio(report, other),
            ["generationRatio"] = GenerationRatio(report, other),
        }
        : new() { ["command"] = Command };

    private static double TrainingRatio(BenchmarkReport report, OtherFigures other) => report.ExamplesPerSecond / other.ExamplesPerSecond;

    private static double GenerationRatio(BenchmarkReport report, OtherFigures other) =>
        report.GeneratedTokensPerSecond / other.GeneratedTokensPerSecond;

    private static string ReadResult(string path)
    {
        try
        {
            return PlainFile.ReadAllText(path, MaxResultBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--hf-result {path} cannot be read ({e.Message.TrimEnd('.')}); name the script's output.", e);
        }
    }

    /// <summary>Quotes a word for a POSIX shell if it needs that.</summary>
    private static string Quote(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+:".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
