using System.CommandLine;
using DistillStudio.Commands.Progress;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Commands;

/// <summary>The <c>models get</c> command: downloads a model from a hub.</summary>
internal static class ModelsGetCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "Its name on the hub, such as google/t5-efficient-mini");
        Option<string[]> revision = Usage.Flag("--revision", "NAME", $"Branch, tag or commit [{HubAddress.MainRevision}]");
        Option<string[]> hub = HubFlags.Hub();
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
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            BroughtModel got = await GetAsync(terminal, HubFlags.Read(address, place), place, model, version, stop);
            await terminal.Out.WriteLineAsync(ModelsCommand.Text(got, How(got), usage.Is(json)));
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Gets a model with progress on the terminal.</summary>
    public static async Task<BroughtModel> GetAsync(
        Terminal terminal, HubAddress hub, StudioHome home, string model, string revision, CancellationToken stop)
    {
        using HttpClient client = Downloader.CreateClient();
        var line = new ProgressLine(terminal);
        try
        {
            return await new ModelGetter(new Downloader(client), hub, home).GetAsync(
                model, revision, progress => line.Show(() => progress.Text, progress.Waiting is not null), stop);
        }
        finally
        {
            line.Clear();
        }
    }

    /// <summary>Returns how the model came, as a phrase.</summary>
    public static string How(BroughtModel got) => got.FromCache
        ? $"copied from {got.Origin.Source}"
        : $"SHA-256 of {got.Origin.Files.Count(file => file.IsVerified)} of {got.Origin.Files.Count} files checked against the hub's";
}
