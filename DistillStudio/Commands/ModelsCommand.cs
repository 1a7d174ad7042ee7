using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Models;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>The <c>models</c> command: manages models to start from, and exports or publishes trained ones.</summary>
internal static class ModelsCommand
{
    public static Command Create(Terminal terminal) =>
        new("models", "Get, import, inspect and remove models; export and publish trained ones.")
    {
        List(terminal), Show(terminal), ModelsGetCommand.Create(terminal), ModelsImportCommand.Create(terminal),
        ModelsExportCommand.Create(terminal),
        ModelsPushCommand.Create(terminal), ModelsRemoveCommand.Create(terminal),
    };

    /// <summary>Describes a model that was added to the home, as one sentence or as JSON.</summary>
    public static string Text(BroughtModel got, string how, bool isJson)
    {
        if (isJson)
        {
            return JsonSerializer.Serialize(
                new
                {
                    Model = got.Name,
                    got.Folder,
                    got.Info.Parameters,
                    got.FromCache,
                    got.Origin.Source,
                    got.Origin.Revision,
                    got.Origin.Commit,
                    got.Origin.Files,
                },
                EngineJson.Events);
        }

        string size = ByteSize.Format(got.Origin.Files.Sum(file => file.Bytes));
        return $"{got.Name} ({Millions(got.Info.Parameters)} parameters, {size}; {how}) is in {got.Folder}; "
            + $"train it with --from_pretrained {got.Name}.";
    }

    private static Command List(Terminal terminal)
    {
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("list", "List the models in the home.") { home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            IReadOnlyList<ModelListing> models = ModelListing.In(place);
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(new { Folder = place.Models, Models = models }, EngineJson.Events));
                return;
            }

            Table table = Tables.Create("name", "kind", "parameters", "size", "licence");
            foreach (ModelListing model in models)
            {
                table.AddRow(
                    Tables.Cells(model.Name, model.Kind
                        ?? "", model.Parameters is { } count ? Millions(count) : "", ByteSize.Format(model.Bytes), model.Licence
                        ?? ""));
            }

            terminal.Console.Write(table);
            terminal.Console.WriteLine($"{Format.Plural(models.Count, "model")} in {place.Models}");
            foreach (ModelListing model in models.Where(model => model.Problem is not null))
            {
                terminal.Console.WriteLine($"{model.Name}: {model.Problem}");
            }
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        Argument<string> name = Usage.Word("DIR", "The model's folder, its name, or demo");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command(
            "show",
            "Show a model's architecture, parameters, size, tokenizer and licence, and the memory to train it.") { name, home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string model = usage.RequiredPath("DIR", "name a model's folder");
            string? homePath = usage.Path(home);
            usage.Demand();
            var report = ModelReport.Of(ModelLocator.Find(model, new StudioHome(homePath)));
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(report, EngineJson.Events));
            }
            else
            {
                terminal.Console.Write(TableOf(report));
                terminal.Console.WriteLine($"memory: peak of {ModelReport.MemoryFor}, estimated");
            }
        });
        return command;
    }

    private static Table TableOf(ModelReport report)
    {
        T5Config shape = report.Shape;
        Table table = Tables.Create("", report.Model);
        (string, string)[] lines =
        [
            ("parameters", $"{Format.Count(report.Parameters)} ({Millions(report.Parameters)})"),
            ("layers", $"{shape.NumLayers} + {shape.NumDecoderLayers}"),
            ("width", $"{shape.DModel}, feed-forward {shape.DFf} ({shape.FeedForwardProj})"),
            ("heads", $"{shape.NumHeads} of {shape.DKv}"),
            ("vocabulary", Format.Count(shape.VocabSize)),
            (
                "head",
                $"{(report.IsTied ? "tied to the embedding" : "separate")}, {(shape.ScaleDecoderOutputs ? "scaled" : "not scaled")}"),
            ("tokenizer", report.TokenizerSize is { } size ? $"{Format.Count(size)} ids" : "none"),
            ("weights", report.Weights ?? "none: usable with --init random"),
            ("size", ByteSize.Format(report.Bytes)),
            ("licence", report.Licence ?? "not stated"),
            .. report.Origin is { } origin
                ? [(
                    "from",
                    $"{origin.Source}{(origin.Revision.Length > 0 ? $", {origin.Revision}" : "")}"
                        + $"{(origin.Commit is { } commit ? $" at {commit}" : "")}")]
                : ((string, string)[])[],
            .. report.Memory.Select(at => ($"memory, batch {at.BatchSize}", ByteSize.Format(at.Bytes))),
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

    private static string Millions(long count) => $"{(count / 1e6).ToString("0.0", CultureInfo.InvariantCulture)} M";
}
