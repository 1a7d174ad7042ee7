using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>Display names of a job's states.</summary>
internal static class TeacherStateText
{
    public static string Of(TeacherJobState state) => state switch
    {
        TeacherJobState.BudgetReached => "Budget reached",
        _ => state.ToString(),
    };
}
