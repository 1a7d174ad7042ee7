using System.CommandLine;
using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>The <c>predict</c> command: runs a trained model on an input.</summary>
internal static class PredictCommand
{
    private const string StandardInput = "-";

    /// <summary>Maximum characters of standard input: far more than a model reads.</summary>
    private const int LongestInput = 10_000_000;

    public static Command Create(Terminal terminal)
    {
        var command = new Command("predict", "Ask a trained model for a label and, if requested, a rationale.");
        var student = new StudentFlags();
        Option<string[]> input = Usage.Flag("--input", "TEXT", "Input text, in the dataset's format; - reads standard input");
        Option<bool> rationale = Usage.Switch("--rationale", "Also generate a rationale");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        student.AddTo(command);
        command.Add(input);
        command.Add(rationale);
        command.Add(home);
        command.Add(json);
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            (string model, StudentOptions options) = student.Read(usage);
            string text = usage.Required(input, "give the input text, or - to read standard input");
            if (text.Contains('\uFFFD', StringComparison.Ordinal))
            {
                usage.Add($"{input.Name} is not valid UTF-8, or contains the character that stands for that (U+FFFD); write it as UTF-8, "
                    + $"or give it on standard input with {input.Name} {StandardInput}.");
            }

            string? homePath = usage.Path(home);
            usage.Demand();
            string folder = ModelLocator.Find(model, new StudioHome(homePath));
            string question = text == StandardInput ? await ReadAsync(terminal.In, stop) : text;
            StudentAnswer answer = await DedicatedThread.RunAsync(
                () => Predict(folder, options, question, usage.Is(rationale), terminal.Error, stop));
            await WriteAsync(answer, usage.Is(json), terminal);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Reads all of standard input as one input: multi-line inputs are common.</summary>
    private static async Task<string> ReadAsync(TextReader input, CancellationToken stop)
    {
        var read = new StringBuilder();
        char[] block = new char[8192];
        for (int count; (count = await input.ReadAsync(block, stop)) > 0;)
        {
            if (read.Length + count > LongestInput)
            {
                throw new InputException($"Standard input has more than {LongestInput:N0} characters; write one input to it.");
            }

            read.Append(block, 0, count);
        }

        string text = read.ToString().TrimEnd('\r', '\n');
        return string.IsNullOrWhiteSpace(text) ? throw new InputException("Standard input is empty; write the input text to it.") : text;
    }

    private static StudentAnswer Predict(
        string folder, StudentOptions options, string question, bool wantsRationale, TextWriter remarks, CancellationToken stop)
    {
        using var student = Student.Open(folder, options);
        student.Remarks.ToList().ForEach(remarks.WriteLine);
        if (wantsRationale && !student.Method.NeedsRationale)
        {
            throw new InputException($"{folder} was trained without rationales; leave out --rationale, "
                + $"or name its method with --model_type.");
        }

        if (student.LengthRemark([question]) is { } remark)
        {
            remarks.WriteLine(remark);
        }

        return student.Predict([question], wantsRationale, stop)[0];
    }

    private static async Task WriteAsync(StudentAnswer answer, bool isJson, Terminal terminal)
    {
        if (isJson)
        {
            await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(answer, EngineJson.Events));
            return;
        }

        await terminal.Out.WriteLineAsync(answer.Label + Cut(answer.IsLabelTruncated));
        if (answer.Rationale is { } rationale)
        {
            await terminal.Out.WriteLineAsync(rationale + Cut(answer.IsRationaleTruncated));
        }
    }

    private static string Cut(bool isTruncated) => isTruncated ? " […]" : "";
}
