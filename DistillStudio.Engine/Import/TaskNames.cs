using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>Names of the kinds of tasks in user input.</summary>
public static class TaskNames
{
    /// <summary>Kinds with their names on the command line and their titles, in display order.</summary>
    public static IReadOnlyList<(TaskKind Task, string Name, string Title)> All { get; } =
    [
        (TaskKind.Text, "text", "Text"),
        (TaskKind.MultipleChoice, "choice", "Multiple choice"),
        (TaskKind.Equation, "equation", "Equation"),
        (TaskKind.Inference, "nli", "Inference (NLI)"),
    ];

    /// <summary>Returns null for an unknown name, and for null.</summary>
    public static TaskKind? Parse(string? name) =>
        All.Where(task => task.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(task => (TaskKind?)task.Task).FirstOrDefault();

    public static string NameOf(TaskKind task) => All.First(known => known.Task == task).Name;
}
