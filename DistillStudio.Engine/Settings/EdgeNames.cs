using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>
/// Names that properties of <see cref="RunSpec"/> have in files, flags and addresses, where these keep the spelling of the original's
/// <c>run.py</c> rather than the name in the code.
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

    /// <summary>The name to apply a naming policy to.</summary>
    public static string Of(string property) => Names.GetValueOrDefault(property, property);
}
