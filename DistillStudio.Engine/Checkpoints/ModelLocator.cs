using System.Text.RegularExpressions;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>
/// Finds the folder for a model name: <c>demo</c>, a folder, or a name on the Hugging Face Hub such as <c>google/flan-t5-base</c>, which
/// is looked up in the home's models and in the cache of the Hugging Face libraries. Downloads nothing.
/// </summary>
public static partial class ModelLocator
{
    private static readonly string[] HubAddresses = ["https://huggingface.co/", "https://hf.co/", "huggingface.co/", "hf.co/"];

    /// <exception cref="InputException">The model is not found; the message says how to get it.</exception>
    public static string Find(string model, StudioHome home) =>
        model == DemoModel.Name
            ? DemoModel.Materialize(home)
            : Locate(model, home) ?? throw new InputException($"{model} {WhyNot(model, home)}.");

    /// <summary>Returns the folder for a name as <see cref="Find"/> does, but never interprets it as a path on this machine.</summary>
    /// <exception cref="InputException">The model is not found; the message says how to get it.</exception>
    public static string FindByName(string name, StudioHome home) =>
        name == DemoModel.Name
            ? DemoModel.Materialize(home)
            : LocateByName(name, home) ?? throw new InputException($"{name} {WhyNot(name, home)}.");

    /// <summary>Explains why a name refers to no model, as text that follows the name; null if it refers to one.</summary>
    public static string? WhyMissing(string model, StudioHome home) =>
        model == DemoModel.Name || Locate(model, home) is not null ? null : WhyNot(model, home);

    private static string? Locate(string model, StudioHome home) => Directory.Exists(model) ? model : LocateByName(model, home);

    private static string? LocateByName(string model, StudioHome home) => HubName(model) is { } name
        ? new[] { Path.Combine(home.Models, name), Path.Combine(home.Models, name.Split('/')[^1]) }.FirstOrDefault(IsModel)
            ?? HubCache.FindMain(name)
        : null;

    private static string WhyNot(string model, StudioHome home)
    {
        if (File.Exists(model))
        {
            return "is a file; name the folder that holds the model's files";
        }

        if (HubName(model) is not { } name)
        {
            return "is not a folder; name a model's folder, or demo";
        }

        return $"is not a folder, and no model of that name is in {home.Models} or the Hugging Face cache; name a model's folder, or demo, "
            + $"or get it from https://huggingface.co/{name} with `models get {name}`";
    }

    /// <summary>Returns true if a text may be a model's name on a hub.</summary>
    public static bool IsHubName(string model) => HubName(model) is not null && !File.Exists(model);

    /// <summary>Returns the name without the Hub's address; null if it is not a valid Hub name.</summary>
    internal static string? HubName(string model)
    {
        string name = HubAddresses.FirstOrDefault(address => model.StartsWith(address, StringComparison.OrdinalIgnoreCase)) is { } address
            ? model[address.Length..]
            : model;
        name = name.TrimEnd('/');
        return NamePattern().IsMatch(name) ? name : null;
    }

    /// <summary>Returns true for the name of the bundled model.</summary>
    internal static bool IsBundled(string name) => name.Equals(DemoModel.Name, StringComparison.OrdinalIgnoreCase);

    internal static bool IsModel(string folder) => File.Exists(Path.Combine(folder, T5ConfigFile.FileName));

    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
