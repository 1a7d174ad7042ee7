using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Models;

/// <summary>The runs of a home that start from one of its models.</summary>
internal static class ModelUse
{
    private const int MostNamed = 3;

    /// <summary>Deletes a model.</summary>
    /// <param name="runs">All runs of the home.</param>
    /// <exception cref="InputException">There is none of this name, or a run that has not ended starts from it.</exception>
    /// <exception cref="StudioException">It cannot be deleted.</exception>
    public static void Remove(StudioHome home, string name, IEnumerable<RunSummary> runs)
    {
        string folder = ModelStore.Require(home, name);
        RequireUnused(home, folder, runs);
        ModelStore.Remove(home, folder);
    }

    /// <exception cref="InputException">A run that is queued, training or paused starts from the model.</exception>
    public static void RequireUnused(StudioHome home, string folder, IEnumerable<RunSummary> runs)
    {
        string[] busy = [.. Of(home, folder, runs).Where(run => !run.State.HasEnded()).Select(run => run.Id)];
        if (busy.Length > 0)
        {
            throw new InputException($"{ModelStore.NameIn(home, folder)} is in use by {Named(busy)}; wait until that has ended, "
                + $"or cancel it.");
        }
    }

    /// <summary>Returns a warning to show before a model is removed; null for none.</summary>
    public static string? Warning(StudioHome home, string folder, IEnumerable<RunSummary> runs)
    {
        string[] resumable = [.. Of(home, folder, runs).Where(run => run.CanResume).Select(run => run.Id)];
        return resumable.Length == 0 ? null : $"Without it {Named(resumable)} cannot be resumed.";
    }

    private static IEnumerable<RunSummary> Of(StudioHome home, string folder, IEnumerable<RunSummary> runs) =>
        runs.Where(run => FolderOf(home, run.Spec.FromPretrained) is { } used && used == Links.Resolve(folder));

    private static string? FolderOf(StudioHome home, string model)
    {
        try
        {
            return ModelLocator.WhyMissing(model, home) is null ? Links.Resolve(Path.GetFullPath(ModelLocator.Find(model, home))) : null;
        }
        catch (StudioException)
        {
            return null;
        }
    }

    private static string Named(string[] ids) =>
        $"{(ids.Length == 1 ? "the run" : $"{ids.Length} runs:")} "
            + $"{string.Join(", ", ids.Take(MostNamed))}{(ids.Length > MostNamed ? ", …" : "")}";
}
