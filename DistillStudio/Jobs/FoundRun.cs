using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Reads the folder of a run that is not in history yet.</summary>
internal static class FoundRun
{
    /// <returns>
    /// Null for a folder without events and without a sidecar: a run without an event file, a run being created, or an unrelated folder.
    /// </returns>
    /// <exception cref="InputException">A file in the folder cannot be read, or the folder contains a link.</exception>
    public static RunSummary? Read(string path)
    {
        try
        {
            return ReadFiles(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message.TrimEnd('.')}; make it readable.", e);
        }
    }

    private static RunSummary? ReadFiles(string path)
    {
        bool hasEvents = HasEvents(Path.Combine(path, "events.jsonl"));
        RunSidecar? sidecar = RunSidecar.Read(path);
        if (!hasEvents && sidecar is null)
        {
            return null;
        }

        if (Links.FirstIn(path) is { } link)
        {
            throw new InputException($"{link} is a link, which can lead out of the home; put what it points to in its place.");
        }

        RunFolder folder = RunFolder.Open(path);
        var run = new RunSummary
        {
            Id = folder.Id,
            Folder = folder.Path,
            Spec = folder.ReadSpec(),
            State = sidecar?.QueueOrder is not null ? RunState.Queued : RunState.Running,
            CreatedAt = new DateTimeOffset(File.GetLastWriteTimeUtc(folder.SpecPath), TimeSpan.Zero),
        };
        return sidecar?.ApplyTo(run) ?? run;
    }

    private static bool HasEvents(string path)
    {
        if (!Path.Exists(path))
        {
            return false;
        }

        try
        {
            PlainFile.RequirePlain(path, RunFolder.MaxEventsBytes);
            return true;
        }
        catch (IOException e)
        {
            throw new InputException($"{path} cannot be read: {e.Message.TrimEnd('.')}; restore the run's event file.", e);
        }
    }
}
