
namespace DistillStudio.Engine.Settings;

/// <summary>
/// External names of <see cref="RunSpec"/> properties in files, flags and URLs, for those that keep the spelling of the original's
/// <c>run.py</c> instead of the name in the code.
/// </summary>
internal static class EdgeNames
{
    private static readonly Dictionary<string, string> Names = new()
    {
        [nameof(RunSpec.Method)] = "ModelType",
        [nameof(RunSpec.LabelSource)] = "LabelType",
        [nameof(RunSpec.Teacher)] = "Llm",
        [nameof(RunSpec.LearningRate)] = "Lr",
        [nameof(RunSpec.Seed)] = "Run",
    };

    /// <summary>Returns the name to which a naming policy is applied.</summary>
    public static string Of(string property) => Names.GetValueOrDefault(property, property);
}
