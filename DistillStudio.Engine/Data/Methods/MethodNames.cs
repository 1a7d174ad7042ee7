namespace DistillStudio.Engine.Data.Methods;

/// <summary>Names of the methods, spelled as in the original's <c>--model_type</c>.</summary>
public static class MethodNames
{
    /// <summary>Label only.</summary>
    public const string Standard = "standard";

    /// <summary>Distilling step-by-step: label and rationale as two tasks distinguished by a prefix.</summary>
    public const string TaskPrefix = "task_prefix";

    /// <summary>The paper's ablation: rationale and label as one text.</summary>
    public const string SingleTask = "single_task";

    public static IReadOnlyList<string> All { get; } = [Standard, TaskPrefix, SingleTask];

    /// <summary>Returns the method's display name; an unknown name is returned unchanged.</summary>
    public static string Title(string name) => name switch
    {
        Standard => "Standard",
        TaskPrefix => "Step-by-step",
        SingleTask => "Single task",
        _ => name,
    };
}
