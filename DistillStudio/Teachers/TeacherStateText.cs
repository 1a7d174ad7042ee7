using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>Display names of a job's states, and what to say of its answers.</summary>
internal static class TeacherStateText
{
    /// <summary>For answers of which none has a label.</summary>
    public const string NothingRead = "No answer ends as the template asks, so none has a label; look at an answer, then choose another "
        + "template, model or number of tokens (--template, --model, --max-tokens).";

    public static string Of(TeacherJobState state) => state switch
    {
        TeacherJobState.BudgetReached => "Budget reached",
        _ => state.ToString(),
    };
}
