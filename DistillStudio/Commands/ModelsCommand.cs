using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>The output of <c>models show</c> for one folder.</summary>
/// <param name="TokenizerSize">Number of pieces and extra ids; null if there is no tokenizer.</param>
/// <param name="Weights">The weights file; null if there is none.</param>
/// <param name="Remarks">Notes on the weights, one sentence each.</param>
/// <param name="TrainedWith">The settings of the run that trained the model; null if it was not trained by a run.</param>
internal sealed record ModelReport(
    string Model, T5Config Shape, long Parameters, bool IsTied, int? TokenizerSize, string? Weights, IReadOnlyList<string> Remarks,
    RunSpec? TrainedWith);

/// <summary>The <c>models</c> command: describes the contents of a model folder.</summary>
internal static class ModelsCommand
{
    public static Command Create(Terminal terminal) =>
        new("models", "Get a model, and inspect a model's folder.") { ModelsGetCommand.Create(terminal), Show(terminal) };

    private static Command Show(Terminal terminal)
    {
        Argument<string> name = Usage.Word("DIR", "The model's folder, or demo");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("show", "Show its architecture, number of parameters and tokenizer.") { name, home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string model = usage.Expand(usage.RequiredWord("DIR", "name a model's folder"));
            string? homePath = usage.Path(home);
            usage.Demand();
            ModelReport report = Describe(ModelLocator.Find(model, new StudioHome(homePath)));
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(report, EngineJson.Events));
            }
            else
            {
                terminal.Console.Write(TableOf(report));
            }
        });
        return command;
    }

    private static ModelReport Describe(string folder)
    {
        ModelInfo info = HuggingFaceFolder.Describe(folder);
        return new ModelReport(
            Path.GetFullPath(folder), info.Config, info.Parameters, info.IsTied, info.TokenizerSize, info.WeightsFile, info.Remarks,
            Student.ReadSpec(folder));
    }

    private static Table TableOf(ModelReport report)
    {
        T5Config shape = report.Shape;
        Table table = Tables.Create("", report.Model);
        (string, string)[] lines =
        [
            ("parameters", $"{Count(report.Parameters)} ({(report.Parameters / 1e6).ToString("0.0", CultureInfo.InvariantCulture)} M)"),
            ("layers", $"{shape.NumLayers} + {shape.NumDecoderLayers}"),
            ("width", $"{shape.DModel}, feed-forward {shape.DFf} ({shape.FeedForwardProj})"),
            ("heads", $"{shape.NumHeads} of {shape.DKv}"),
            ("vocabulary", Count(shape.VocabSize)),
            (
                "head",
                $"{(report.IsTied ? "tied to the embedding" : "of its own")}, {(shape.ScaleDecoderOutputs ? "scaled" : "not scaled")}"),
            ("tokenizer", report.TokenizerSize is { } size ? $"{Count(size)} ids" : "none"),
            ("weights", report.Weights ?? "none: usable with --init random"),
            .. report.Remarks.Select(remark => ("remark", remark)),
        ];
        foreach ((string what, string value) in lines)
        {
            table.AddRow(Tables.Cells(what, value));
        }

        if (report.TrainedWith is { } spec)
        {
            table.AddRow(Tables.Cells("trained with", SpecArguments.CommandLine(spec)));
        }

        return table;
    }

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
