using System.CommandLine;
using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;
using DistillStudio.Jobs;
using Spectre.Console;

namespace DistillStudio.Commands.Studies;

/// <summary>The <c>study</c> command: grids of runs that answer one question.</summary>
internal static class StudyCommand
{
    private const int MostTries = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static Command Create(Terminal terminal) => new("study", "Run grids of runs that answer one question, and show their results.")
    {
        StudyRunCommand.Create(terminal),
        List(terminal),
        Show(terminal),
        StudyExportCommand.Create(terminal),
        StudyChangeCommands.Edit(terminal),
        StudyChangeCommands.Pause(terminal),
        StudyChangeCommands.Resume(terminal),
        StudyDeleteCommand.Create(terminal),
    };

    /// <exception cref="InputException">There is no such study, or its file cannot be read.</exception>
    public static Study Find(StudyStore store, string word) =>
        store.Find(word) ?? throw new InputException($"There is no study {SettingLimits.Cut(word, 60)} here; `study list` shows those "
            + $"that exist, and --home DIR selects another home.");

    /// <summary>Reserves a study for this process; retries, since a studio may hold it for a moment.</summary>
    /// <exception cref="InputException">Another process runs it.</exception>
    public static IDisposable Take(StudyStore store, string id, string name)
    {
        for (int tries = 1; tries < MostTries; tries++)
        {
            if (store.TryTake(id) is { } taken)
            {
                return taken;
            }

            Thread.Sleep(Pause);
        }

        return store.TryTake(id)
            ?? throw new InputException($"{name} is being run by another process; wait until that has ended, or stop it (Ctrl+C), "
                + $"then try again.");
    }

    /// <summary>Returns a catalog without the runs that were deleted in the studio.</summary>
    public static RunCatalog Catalog(StudioHome home) => new(home, RunSidecar.IsDeleted);

    private static Command List(Terminal terminal)
    {
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("list", "List the studies of a home, newest first.") { home, json };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            RunCatalog catalog = Catalog(place);
            (IReadOnlyList<Study> studies, IReadOnlyList<UnreadableStudy> unreadable) = new StudyStore(place).List();
            StudyProgress[] all = [.. studies.Select(study => StudyProgress.Of(study, place, catalog))];
            if (usage.Is(json))
            {
                var found = new { Home = place.Path, Studies = all.Select(Line), Problems = unreadable.Select(study => study.Problem) };
                terminal.Out.WriteLine(JsonSerializer.Serialize(found, EngineJson.Events));
                return;
            }

            Table table = Tables.Create("id", "name", "cells", "runs", "finished", "failed");
            foreach (StudyProgress p in all)
            {
                int[] counts = [p.Grid.Cells.Count, p.Runs.Count, p.Count(StudyRunState.Finished), p.Count(StudyRunState.Failed)];
                table.AddRow(Tables.Cells([p.Study.Id, p.Study.Name, .. counts.Select(count => Format.Count(count))]));
            }

            terminal.Console.Write(table);
            terminal.Console.WriteLine($"{Format.Plural(all.Length, "study", "studies")} in {place.Path}");
            foreach (UnreadableStudy study in unreadable)
            {
                terminal.Console.WriteLine(study.Problem);
            }
        });
        return command;
    }

    private static object Line(StudyProgress progress) => new
    {
        progress.Study.Id,
        progress.Study.Name,
        progress.Study.CreatedAt,
        Cells = progress.Grid.Cells.Count,
        Runs = progress.Runs.Count,
        Finished = progress.Count(StudyRunState.Finished),
        Failed = progress.Count(StudyRunState.Failed),
        progress.IsDone,
    };

    private static Command Show(Terminal terminal)
    {
        Argument<string> name = Usage.Word("STUDY", "The study's name or id");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("show", "Show a study's cells with mean, interval and cost, and its runs' states.") { name, home, json };
        command.SetAction(parsed =>
        {
            StudyResult result = Read(parsed, home, out Usage usage);
            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(result, EngineJson.Events));
            }
            else
            {
                StudyTables.Write(terminal, result);
            }
        });
        return command;
    }

    private static StudyResult Read(ParseResult parsed, Option<string[]> home, out Usage usage)
    {
        usage = new Usage(parsed);
        string word = usage.RequiredWord("STUDY", "name a study; `study list` shows them");
        var place = new StudioHome(usage.Path(home));
        usage.Demand();
        return StudyResult.Of(StudyProgress.Of(Find(new StudyStore(place), word), place, Catalog(place)));
    }
}
