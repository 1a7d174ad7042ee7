using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.Reports;

namespace DistillStudio.Models;

/// <summary>The exported form of the model that a run trained: a Hugging Face folder with a model card.</summary>
/// <param name="Run">The run.</param>
/// <param name="Files">Card, config, tokenizer, weights, and the settings it was trained with.</param>
internal sealed record TrainedModel(RunSummary Run, IReadOnlyList<ModelFile> Files)
{
    private const string Own = "model";

    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>Returns the folder of a run's trained model, which may be gone; for an imported run, the one that came with
    /// it.</summary>
    public static string? FolderOf(RunSummary run) =>
        run.Origin is null ? run.Result?.Model : Path.Combine(run.Folder, Own) is var own && Directory.Exists(own) ? own : null;

    /// <summary>Returns true if a run has a model to export.</summary>
    public static bool IsThere(RunSummary run) => FindFolder(run) is not null;

    /// <exception cref="InputException">The run has no model, it is damaged, or another run's is in its place.</exception>
    public static TrainedModel Of(RunSummary run, StudioHome home)
    {
        string folder = FindFolder(run) ?? throw new InputException(
            run.Result is null ? $"{run.Id} has no trained model, because it has not finished."
            : run.Origin is not null ? $"{run.Id} was imported without its model; export it there with --weights and import it again."
            : $"The model of {run.Id} is no longer in {run.Result.Model}; train it again, or put that folder back.");
        if (IsAnothers(folder, run))
        {
            throw new InputException($"{folder} holds the model of another run than {run.Id}, which was exported there later; "
                + $"name that run.");
        }

        RequireReadable(folder, run);
        RunSpec spec = Portable(run.Spec, home);
        IReadOnlyList<ModelFile> files = ModelFile.In(folder);
        byte[] card = Encoding.UTF8.GetBytes(new RunReports(RunArchive.Events).CardOf(run with { Spec = spec }, BaseOf(spec, home)));
        return new(run,
        [
            ModelFile.Of(ModelCard.FileName, card),
            ModelFile.Of(HuggingFaceFolder.SettingsName, Encoding.UTF8.GetBytes(Text(spec))),
            .. files.Where(file => file.Name is not (ModelCard.FileName or HuggingFaceFolder.SettingsName)),
        ]);
    }

    /// <summary>Returns what to publish under a name on a hub.</summary>
    /// <param name="message">The commit's message; null for the default.</param>
    public ModelPush PushTo(string name, bool isPrivate, string? message = null) =>
        new(name, Files, isPrivate, string.IsNullOrWhiteSpace(message) ? $"Upload the model of {Run.Id}" : message);

    /// <summary>Returns true if a folder outside the run's own holds a model that was trained with other settings.</summary>
    private static bool IsAnothers(string folder, RunSummary run) =>
        folder != Path.Combine(run.Folder, Own)
        && Student.ReadSpec(folder) is { } trained
        && SettingsTable.Differing([trained with { FromPretrained = run.Spec.FromPretrained, DataDir = run.Spec.DataDir }, run.Spec]).Any();

    /// <summary>Checks that a copy of the folder could be loaded; reads no weights.</summary>
    private static void RequireReadable(string folder, RunSummary run)
    {
        try
        {
            HuggingFaceFolder.Describe(folder);
        }
        catch (InputException e)
        {
            throw new InputException($"The model of {run.Id} is damaged, and cannot be exported: {e.Message}", e);
        }
    }

    private static string? FindFolder(RunSummary run) =>
        new[] { FolderOf(run), Path.Combine(run.Folder, Own) }.FirstOrDefault(
            folder => run.Result is not null && Path.IsPathFullyQualified(folder ?? "") && Directory.Exists(folder));

    /// <summary>Returns the settings without the home's own paths: its models and datasets are found by their names.</summary>
    private static RunSpec Portable(RunSpec spec, StudioHome home)
    {
        bool isInHome = Path.IsPathFullyQualified(spec.FromPretrained)
            && Path.GetFullPath(spec.FromPretrained).StartsWith(home.Models + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        bool isUsual = spec.DataDir is not null && Path.TrimEndingDirectorySeparator(Path.GetFullPath(spec.DataDir)) == home.Datasets;
        return spec with
        {
            FromPretrained = isInHome
                ? ModelStore.NameIn(home, Path.TrimEndingDirectorySeparator(Path.GetFullPath(spec.FromPretrained)))
                : spec.FromPretrained,
            DataDir = isUsual ? null : spec.DataDir,
        };
    }

    /// <summary>Returns the model that a run started from; null if it is gone.</summary>
    private static BaseModel? BaseOf(RunSpec spec, StudioHome home)
    {
        if (spec.Init != ModelInit.Pretrained || ModelLocator.WhyMissing(spec.FromPretrained, home) is not null)
        {
            return null;
        }

        string folder = ModelLocator.Find(spec.FromPretrained, home);
        return new(ModelOrigin.Read(folder) is { Revision.Length: > 0 } origin ? origin.Name : null, ModelCard.LicenceIn(folder));
    }

    private static string Text(RunSpec spec) => JsonSerializer.Serialize(spec, EngineJson.Spec);
}
