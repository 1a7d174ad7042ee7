using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>Names of a job's states, for people.</summary>
internal static class TeacherStateText
{
    public static string Of(TeacherJobState state) => state switch
    {
        TeacherJobState.BudgetReached => "Budget reached",
        _ => state.ToString(),
    };
}
