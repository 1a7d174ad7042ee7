using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <param name="Split">Split of its rows; null to take it from the split column or the file's name, or else for training rows.</param>
public sealed record ImportFile(string Path, string? Split = null)
{
    /// <summary>Split of its rows where no column gives it.</summary>
    internal string OwnSplit => Split ?? SplitName.OfFile(Path) ?? Dataset.Train;

    /// <summary>Reads <c>SPLIT=FILE</c> or <c>FILE</c>.</summary>
    public static ImportFile Parse(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        string? split =
            at > 0 && !text[..at].Contains('/', StringComparison.Ordinal) && !File.Exists(text) ? SplitName.Parse(text[..at]) : null;
        return split is null ? new(text) : new(text[(at + 1)..], split);
    }
}

/// <summary>What to import, and how.</summary>
/// <param name="Name">Name of the new dataset.</param>
/// <param name="DataDir">The folder that holds the datasets.</param>
/// <param name="Files">Files with rows; at least one.</param>
public sealed record ImportRequest(string Name, string DataDir, IReadOnlyList<ImportFile> Files, ColumnMapping Mapping)
{
    public const double DefaultShare = 0.1;

    /// <summary>Largest share of rows that may be rejected without confirmation.</summary>
    public const double RejectedShare = 0.05;

    /// <summary>Files with the teacher's answers, joined to the rows by order or by <see cref="ColumnMapping.Key"/>.</summary>
    public IReadOnlyList<ImportFile> TeacherFiles { get; init; } = [];

    public string? SplitColumn { get; init; }

    /// <summary>Share of the training rows drawn for validation; null for a tenth if nothing else divides the rows.</summary>
    public double? ValidShare { get; init; }

    /// <summary>Share of the training rows drawn for the test; null for a tenth if there are no test rows.</summary>
    public double? TestShare { get; init; }

    public int Seed { get; init; }

    /// <summary>Returns the split of all rows of a file; null if the split column gives that of each.</summary>
    internal string? SplitOf(ImportFile file) =>
        SplitColumn is null || file.Split is not null ? file.OwnSplit : null;

    /// <summary>Reads everything but writes nothing.</summary>
    public bool IsDryRun { get; init; }
}

/// <summary>The outcome of an import.</summary>
/// <param name="Splits">Number of rows of each split.</param>
/// <param name="Rejected">Number of rows left out, and the first of them.</param>
/// <param name="BlankAnswers">Number of rows without a rationale, and without a label, for each teacher.</param>
/// <param name="Notes">What the user should know; one sentence each.</param>
public sealed record ImportResult(
    string Name, ColumnMapping Mapping, IReadOnlyDictionary<string, int> Splits, RejectedRows Rejected,
    IReadOnlyDictionary<string, BlankAnswers> BlankAnswers, IReadOnlyList<string> Notes)
{
    public int Rows => Splits.Values.Sum();

    /// <summary>Share of the rows that were left out, in [0, 1].</summary>
    public double RejectedShare => Rejected.Count == 0 ? 0 : (double)Rejected.Count / (Rows + Rejected.Count);
}

/// <param name="First">At most the first hundred.</param>
public sealed record RejectedRows(int Count, IReadOnlyList<Rejection> First);

public sealed record BlankAnswers(int Rationales, int Labels);

/// <param name="Bytes">Bytes read of all files.</param>
/// <param name="Total">Size of all files.</param>
public sealed record ImportProgress(string Stage, int Rows, int Rejected, long Bytes, long Total);

/// <summary>So many rows were rejected that the user has to confirm.</summary>
public sealed class TooManyRejectedException(ImportResult result) : InputException(
    $"{result.Rejected.Count:N0} of {result.Rows + result.Rejected.Count:N0} rows cannot be imported, "
        + $"more than {ImportRequest.RejectedShare:0 %}; nothing was imported. Fix the files or the mapping, or confirm with --yes.")
{
    public ImportResult Result { get; } = result;
}
