using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Commands.Comparing;

/// <summary>Figures of another program on the work of a benchmark, as <c>hf_speed.py</c> prints them.</summary>
/// <param name="Work">Digest of the work.</param>
/// <param name="Program">Names and versions.</param>
internal sealed record OtherFigures(
    string Work, string Program, string Device, string Precision, int Threads, double ExamplesPerSecond, double StepSeconds,
    double GeneratedTokensPerSecond)
{
    private const int LongestProgram = 200;

    /// <param name="json">One line, possibly after others.</param>
    /// <param name="source">Its origin, for messages: a file or a program.</param>
    /// <param name="work">Digest of the work that is compared.</param>
    /// <exception cref="InputException">These are no figures, or figures of other work.</exception>
    public static OtherFigures Read(string json, string source, string work)
    {
        OtherFigures? figures = null;
        try
        {
            string last = json.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
            figures = JsonSerializer.Deserialize<OtherFigures>(last, EngineJson.Events);
        }
        catch (JsonException)
        {
            // below
        }

        if (figures is null || !IsSpeed(figures.ExamplesPerSecond) || !IsSpeed(figures.GeneratedTokensPerSecond)
            || figures.Program.Length > LongestProgram || figures.Program.Any(char.IsControl))
        {
            throw new InputException($"{source} holds no figures of {Comparison.ScriptName}, which prints them as one line of JSON; "
                + $"run the command that --compare hf prints again.");
        }

        return figures.Work == work
            ? figures
            : throw new InputException($"{source} was measured on other work: model, data, batch size, steps, precision, threads or device "
                + $"differ; run the command that --compare hf prints again.");
    }

    private static bool IsSpeed(double value) => double.IsFinite(value) && value > 0;
}
