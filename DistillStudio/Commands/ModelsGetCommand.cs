using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Commands;

/// <summary>The <c>models get</c> command: downloads a model from a hub.</summary>
internal static class ModelsGetCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "Its name on the hub, such as google/t5-efficient-mini");
        Option<string[]> revision = Usage.Flag("--revision", "NAME", $"Branch, tag or commit [{HubAddress.MainRevision}]");
        Option<string[]> hub = Usage.Flag("--hub", "URL", $"Address of the hub [${HubAddress.Variable}, else {HubAddress.Usual}]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command =
            new Command("get", $"Download a T5 with its tokenizer, or take it from the Hugging Face cache; "
                + $"a token is read from ${HubAddress.TokenVariable}.")
            {
                name,
                revision,
                hub,
                home,
                json,
            };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string model = usage.RequiredWord("NAME", "name a model, such as google/t5-efficient-mini");
            string version = usage.Text(revision) ?? HubAddress.MainRevision;
            string? address = usage.Text(hub);
            string? homePath = usage.Path(home);
            usage.Demand();
            using HttpClient client = Downloader.CreateClient();
            var line = new ProgressLine(terminal);
            BroughtModel got;
            try
            {
                got = await new ModelGetter(new Downloader(client), HubAddress.Read(address), new StudioHome(homePath))
                    .GetAsync(model, version, progress => line.Show(() => TextOf(progress)), stop);
            }
            finally
            {
                line.Clear();
            }

            await terminal.Out.WriteLineAsync(usage.Is(json)
                ? JsonSerializer.Serialize(
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
                    EngineJson.Events)
                : Sentence(got));
            return ExitCodes.Done;
        });
        return command;
    }

    private static string TextOf(ModelProgress progress) =>
        $"{progress.Stage} {ByteSize.Format(progress.Bytes)}{(progress.Total is { } total ? $" of {ByteSize.Format(total)}" : "")}";

    private static string Sentence(BroughtModel got)
    {
        int verified = got.Origin.Files.Count(file => file.IsVerified);
        string how = got.FromCache ? $"copied from {got.Origin.Source}" : $"SHA-256 of {verified} of {got.Origin.Files.Count} files "
            + $"checked against the hub's";
        string size = ByteSize.Format(got.Origin.Files.Sum(file => file.Bytes));
        string parameters = (got.Info.Parameters / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
        return $"{got.Name} ({parameters} M parameters, {size}; {how}) is in {got.Folder}; train it with --from_pretrained {got.Name}.";
    }
}
