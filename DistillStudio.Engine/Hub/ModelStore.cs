using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>The models in a home: folders below its <c>models</c>, one or two deep.</summary>
internal static class ModelStore
{
    /// <summary>Returns the folder of a model's name.</summary>
    /// <exception cref="InputException">The text is no name of a model.</exception>
    public static string FolderOf(StudioHome home, string name) => Path.Combine(home.Models, NameOf(name));

    /// <summary>Returns the name without a hub's address.</summary>
    /// <exception cref="InputException">The text is no name of a model.</exception>
    public static string NameOf(string name) =>
        ModelLocator.HubName(name) ?? throw new InputException($"«{name}» is no model's name; write it as google/t5-efficient-mini: "
            + $"letters, digits and . _ -, with one slash at most.");

    /// <exception cref="InputException">Something is in the place.</exception>
    public static void RequireFree(string target)
    {
        if (Path.Exists(target))
        {
            throw new InputException($"{target} is already there; use it, or remove that folder first.");
        }
    }
}
