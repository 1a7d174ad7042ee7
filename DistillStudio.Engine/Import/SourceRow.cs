namespace DistillStudio.Engine.Import;

/// <summary>One value of a source row: a string, a list of strings, or nothing.</summary>
/// <param name="Text">The string; numbers and booleans as written. Null for a list and for nothing.</param>
/// <param name="Items">The items of a list; null for anything else.</param>
public readonly record struct Cell(string? Text, IReadOnlyList<string>? Items = null)
{
    public bool IsBlank => Items is { } items ? items.Count == 0 : string.IsNullOrWhiteSpace(Text);

    /// <summary>The text, or the items with commas between them.</summary>
    public override string ToString() => Items is { } items ? string.Join(", ", items) : Text ?? "";
}

/// <summary>One row of a source file.</summary>
/// <param name="Index">Number of rows before it in its file, readable or not.</param>
/// <param name="Line">Line on which it begins, from 1; in a Parquet file, which has no lines, its row from 1.</param>
/// <param name="Cells">Its values by column. A field of an object is <c>object.field</c>.</param>
public sealed record SourceRow(string File, int Index, int Line, IReadOnlyDictionary<string, Cell> Cells);

/// <summary>A source row that is rejected.</summary>
/// <param name="Reason">Follows the line's number, in lower case and without a full stop.</param>
public sealed record Rejection(string File, int Line, string Reason);

/// <summary>Receives the rows of a source file.</summary>
internal interface IRowSink
{
    /// <summary>Returns false to stop reading.</summary>
    bool Take(SourceRow row);

    /// <summary>Returns false to stop reading.</summary>
    /// <param name="index">As <see cref="SourceRow.Index"/>.</param>
    bool Reject(Rejection rejection, int index);
}

/// <summary>What is read of a file.</summary>
/// <param name="Columns">Columns to read, if the format can skip others; null for all.</param>
/// <param name="Progress">Called with the bytes read so far; may be null.</param>
internal sealed record ReadOptions(IReadOnlyCollection<string>? Columns = null, Action<long>? Progress = null);
