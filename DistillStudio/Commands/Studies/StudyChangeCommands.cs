using System.CommandLine;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Studies;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Commands.Studies;

/// <summary>Commands that change a study's file: <c>study edit</c>, <c>study pause</c> and <c>study resume</c>.</summary>
internal static class StudyChangeCommands
{
    public static Command Edit(Terminal terminal)
    {
        Argument<string> word = Word();
        Option<string[]> name = Usage.Flag("--name", "TEXT", "New name; existing runs keep theirs");
        Option<string[]> notes = Usage.Flag("--notes", "TEXT", "New notes; an empty text removes them");
        Option<string[]> margin = Usage.Flag(
            "--margin", "X", "Difference in accuracy within which two count as equally good, such as 0.02");
        Option<string[]> home = CommonFlags.Home();
        var command = new Command("edit", "Change a study's name, notes or margin.") { word, name, notes, margin, home };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            (string? newName, string? newNotes) = (usage.TextOrEmpty(name), usage.TextOrEmpty(notes));
            double? newMargin = StudyRunFlags.ReadMargin(usage, margin);
            if (newName is null && newNotes is null && usage.TextOrEmpty(margin) is null)
            {
                usage.Add("There is nothing to change; give --name, --notes or --margin.");
            }

            Change(terminal, usage, home, (store, study) => newMargin is not null && study.Comparison is null
                ? throw new InputException($"--margin belongs to a comparison, and {study.Name} compares nothing; leave it out.")
                : store.Describe(study, newName ?? study.Name, newNotes ?? study.Notes, newMargin ?? study.Comparison?.Margin), study =>
                $"{study.Name} ({study.Id}) is "
                    + "changed"
                    + $"{(study.Comparison?.Margin is { } within ? $"; equally good means within {VerdictText.Margin(within)}" : "")}.");
        });
        return command;
    }

    public static Command Pause(Terminal terminal) => Create(
        terminal,
        "pause",
        "Stop the studio from starting further runs of a study; the current run continues to its end.",
        study => study.Queue == StudyQueue.On
            ? study with { Queue = StudyQueue.Paused }
            : throw new InputException($"No studio works on {study.Name}; there is nothing to pause."),
        study => $"{study.Name} is paused; `study resume {study.Id}` continues it in a studio, `study run {study.Id}` continues it here.");

    public static Command Resume(Terminal terminal) => Create(
        terminal,
        "resume",
        "Let the studio that serves this home continue a study; `study run` continues it in the terminal.",
        study => study with { Queue = StudyQueue.On },
        study => $"{study.Name} continues in the studio that serves this home, or as soon as one does (`serve`).");

    private static Command Create(Terminal terminal, string verb, string help, Func<Study, Study> change, Func<Study, string> done)
    {
        Argument<string> word = Word();
        Option<string[]> home = CommonFlags.Home();
        var command = new Command(verb, help) { word, home };
        command.SetAction(parsed => Change(terminal, new Usage(parsed), home, (_, study) => change(study), done));
        return command;
    }

    private static void Change(
        Terminal terminal, Usage usage, Option<string[]> home, Func<StudyStore, Study, Study> change, Func<Study, string> done)
    {
        string word = usage.RequiredWord("STUDY", "name a study; `study list` shows them");
        var store = new StudyStore(new StudioHome(usage.Path(home)));
        usage.Demand();
        Study found = StudyCommand.Find(store, word);
        using IDisposable taken = StudyCommand.Take(store, found.Id, found.Name);
        terminal.Out.WriteLine(done(store.Save(change(store, store.Get(found.Id)))));
    }

    private static Argument<string> Word() => Usage.Word("STUDY", "The study's name or id");
}
