namespace DistillStudio.Engine.Data;

/// <summary>The kind of task, which determines how an answer is scored.</summary>
public enum TaskKind
{
    /// <summary>One of several answers written out; scored by exact match.</summary>
    MultipleChoice,

    /// <summary>An arithmetic expression; scored by its value.</summary>
    Equation,

    /// <summary>Entailment, neutral or contradiction; scored by exact match.</summary>
    Inference,

    /// <summary>Any other text; scored by exact match.</summary>
    Text,
}

/// <summary>One example with its true label. The input has no task prefix.</summary>
public sealed record Row(string Input, string Label);

/// <summary>A teacher's answer for one row, parsed from its completion.</summary>
public sealed record TeacherAnswer(string Rationale, string Label)
{
    /// <summary>True if the completion contained no label, so there is nothing to train on.</summary>
    public bool IsLabelBlank => string.IsNullOrWhiteSpace(Label);

    /// <summary>True if the completion contained no rationale.</summary>
    public bool IsRationaleBlank => string.IsNullOrWhiteSpace(Rationale);
}

/// <summary>One split: its rows and, for each teacher, one answer per row in the same order.</summary>
public sealed record Split(string Name, IReadOnlyList<Row> Rows, IReadOnlyDictionary<string, IReadOnlyList<TeacherAnswer>> Teachers)
{
    /// <summary>For each reviewed teacher, the indices of the rows that its review rejected.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<int>> Rejected { get; init; } = new Dictionary<string, IReadOnlySet<int>>();

    /// <summary>For each teacher with such rows, the indices of those that it was not asked about; empty if none are known.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<int>> Unasked { get; init; } = new Dictionary<string, IReadOnlySet<int>>();

    /// <summary>For each teacher with such rows, the indices of those for which it was asked and no reply came.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<int>> Unanswered { get; init; } = new Dictionary<string, IReadOnlySet<int>>();

    /// <summary>Number of leading rows that belong to the dataset to which this one is joined; 0 for most.</summary>
    internal int JoinedRows { get; init; }

    /// <summary>Returns true if the teacher is known not to have been asked about the row.</summary>
    public bool IsUnasked(string teacher, int row) => Has(Unasked, teacher, row);

    /// <summary>Returns true if the teacher is known to have been asked about the row in vain.</summary>
    public bool IsUnanswered(string teacher, int row) => Has(Unanswered, teacher, row);

    /// <summary>Returns true unless the teacher was not asked about the row, or did not reply: only replies are judged.</summary>
    public bool IsAnswered(string teacher, int row) => !IsUnasked(teacher, row) && !IsUnanswered(teacher, row);

    private static bool Has(IReadOnlyDictionary<string, IReadOnlySet<int>> of, string teacher, int row) =>
        of.TryGetValue(teacher, out IReadOnlySet<int>? rows) && rows.Contains(row);
}

/// <summary>A dataset with any of the splits <c>train</c>, <c>valid</c> and <c>test</c>.</summary>
public sealed record Dataset(string Name, TaskKind Task, IReadOnlyDictionary<string, Split> Splits)
{
    public const string Train = "train";
    public const string Valid = "valid";
    public const string Test = "test";

    /// <summary>The source folder, for messages; null for a generated dataset.</summary>
    public string? Folder { get; init; }

    /// <summary>SHA-256 of the files of rows, as they were read; null for a generated dataset.</summary>
    internal string? FilesDigest { get; init; }

    /// <summary>SHA-256 of each teacher's files, as they were read; empty for a generated dataset.</summary>
    internal IReadOnlyDictionary<string, string> TeacherDigests { get; init; } = new Dictionary<string, string>();
}
