using System.CommandLine;
using System.Text.Json;
using DistillStudio.Commands.Progress;
using DistillStudio.Commands.Runs;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;
using DistillStudio.Models;

namespace DistillStudio.Commands;

/// <summary>The <c>models push</c> command: publishes a trained model to a hub.</summary>
internal static class ModelsPushCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> run = Usage.Word("RUN", RunsCommand.WhichRun);
        Argument<string> name = Usage.Word("OWNER/NAME", "The model's name on the hub; created there if it is new");
        Option<string[]> revision = Usage.Flag("--revision", "NAME", $"Branch that the commit goes to [{HubAddress.MainRevision}]");
        Option<string[]> message = Usage.Flag("--message", "TEXT", "Message of the commit [Upload the model of RUN]");
        Option<bool> isPrivate = Usage.Switch("--private", "If the model is new, create it as private");
        Option<string[]> hub = HubFlags.Hub();
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command(
            "push", $"Publish the model that a run trained, with its card, to a hub; the token is read from ${HubAddress.TokenVariable}.")
        {
            run, name, revision, message, isPrivate, hub, home, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string word = usage.RequiredWord("RUN", "name the run whose model to publish");
            string repository = usage.RequiredWord("OWNER/NAME", "give the model's name on the hub, such as me/my-model");
            string? branch = usage.Text(revision);
            string? text = usage.Text(message);
            string? address = usage.Text(hub);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            HubAddress there = HubFlags.Read(address, place);
            var model = TrainedModel.Of(new RunArchive(place).Find(word), place);
            using HttpClient client = Downloader.CreateClient();
            var line = new ProgressLine(terminal);
            PushedModel pushed;
            try
            {
                ModelPush push = model.PushTo(repository, usage.Is(isPrivate), text) with { Revision = branch ?? HubAddress.MainRevision };
                pushed = await new ModelPusher(client, there).PushAsync(push, progress => line.Show(() => progress.Text), stop);
            }
            finally
            {
                line.Clear();
            }

            await terminal.Out.WriteLineAsync(usage.Is(json)
                ? JsonSerializer.Serialize(
                    new { Run = model.Run.Id, Model = pushed.Name, pushed.Page, pushed.Commit, pushed.IsNew, pushed.Files },
                    EngineJson.Events)
                : $"{pushed.Files.Count} files, {ByteSize.Format(model.Bytes)}, are at {pushed.Page} in commit {pushed.Commit}.");
            return ExitCodes.Done;
        });
        return command;
    }
}
