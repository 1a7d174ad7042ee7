using System.CommandLine;
using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Commands.Studies;

/// <summary>The <c>study delete</c> command: removes studies for good, and leaves their runs.</summary>
internal static class StudyDeleteCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Usage.Words("STUDY…", "The studies' names or ids; for an unreadable study, its id");
        Option<bool> yes = Usage.Switch("--yes", "Do not ask");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command =
            new Command("delete", "Remove studies with their names and notes, for good; their runs stay.") { names, yes, home, json };
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            IReadOnlyList<string> words = usage.RequiredWords("STUDY", 1, "name the studies to delete; `study list` shows them");
            var store = new StudyStore(new StudioHome(usage.Path(home)));
            usage.Demand();
            string[] ids = [.. words.Select(word => IdOf(store, word)).Distinct()];
            bool isSure = usage.Is(yes) || await IsSureAsync(store, ids, terminal, stop);
            string[] deleted = isSure ? ids : [];
            foreach (string id in deleted)
            {
                Delete(store, id);
            }

            await terminal.Out.WriteLineAsync(usage.Is(json)
                ? JsonSerializer.Serialize(new { Deleted = deleted }, EngineJson.Events)
                : isSure ? $"Deleted: {string.Join(", ", deleted)}. The runs are still there." : "Nothing was deleted.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static string IdOf(StudyStore store, string word)
    {
        (IReadOnlyList<Study> studies, IReadOnlyList<UnreadableStudy> unreadable) = store.List();
        return unreadable.FirstOrDefault(study => study.Id == word)?.Id
            ?? studies.FirstOrDefault(study => study.Id == word)?.Id
            ?? StudyCommand.Find(store, word).Id;
    }

    private static void Delete(StudyStore store, string id)
    {
        using (StudyCommand.Take(store, id, id))
        {
            store.Delete(id, DateTimeOffset.UtcNow);
        }

        store.Remove(id);
    }

    private static async Task<bool> IsSureAsync(StudyStore store, string[] ids, Terminal terminal, CancellationToken stop)
    {
        foreach (string id in ids)
        {
            await terminal.Error.WriteLineAsync(store.FolderOf(id));
        }

        return await Question.IsSureAsync(
            terminal, $"Delete {(ids.Length == 1 ? "this study" : $"{Format.Count(ids.Length)} studies")} for good?", stop);
    }
}
