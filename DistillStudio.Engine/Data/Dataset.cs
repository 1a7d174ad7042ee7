namespace DistillStudio.Engine.Data;

/// <summary>What a row asks for; decides how an answer is judged.</summary>
public enum TaskKind
{
    /// <summary>One of several answers written out; judged by exact match.</summary>
    MultipleChoice,

    /// <summary>An arithmetic expression; judged by its value.</summary>
    Equation,

    /// <summary>Entailment, neutral or contradiction; judged by exact match.</summary>
    Inference,
}

/// <summary>One example with its true label. The input carries no task prefix.</summary>
public sealed record Row(string Input, string Label);

/// <summary>What a teacher says of one row, parsed from its completion.</summary>
public sealed record TeacherAnswer(string Rationale, string Label)
{
    /// <summary>The completion held no label: nothing to train on.</summary>
    public bool IsLabelBlank => string.IsNullOrWhiteSpace(Label);

    /// <summary>The completion held no rationale.</summary>
    public bool IsRationaleBlank => string.IsNullOrWhiteSpace(Rationale);
}

/// <summary>One split: its rows and, per teacher, one answer a row in the same order.</summary>
public sealed record Split(string Name, IReadOnlyList<Row> Rows, IReadOnlyDictionary<string, IReadOnlyList<TeacherAnswer>> Teachers);

/// <summary>A dataset as it lies on disk: any of the splits <c>train</c>, <c>valid</c> and <c>test</c>.</summary>
public sealed record Dataset(string Name, TaskKind Task, IReadOnlyDictionary<string, Split> Splits)
{
    public const string Train = "train";
    public const string Valid = "valid";
    public const string Test = "test";

    /// <summary>The folder it was read from, for messages; null for a generated dataset.</summary>
    public string? Folder { get; init; }
}
