using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Models;

/// <summary>A model in the home, as a list shows it.</summary>
/// <param name="Parameters">Null if its config cannot be read.</param>
/// <param name="Licence">As its card names it; null if it names none.</param>
/// <param name="Problem">Why it cannot be trained; null if it can.</param>
public sealed record ModelListing(string Name, string Folder, string? Kind, long? Parameters, long Bytes, string? Licence, string? Problem)
{
    /// <summary>Returns the home's models by name, without the bundled one.</summary>
    public static IReadOnlyList<ModelListing> In(StudioHome home) => [.. ModelStore.Folders(home).Select(folder => Of(home, folder))];

    private static ModelListing Of(StudioHome home, string folder)
    {
        FolderContent content = HuggingFaceFolder.Inspect(folder);
        string? problem = content.Problem
            ?? (content.WeightsFile is null ? "It holds no weights; it can be trained with random ones." : null);
        return new(
            ModelStore.NameIn(home, folder), folder, content.Config?.ModelType, content.Config?.ParameterCount, ModelReport.BytesOf(folder),
            ModelCard.LicenceIn(folder), problem);
    }
}
