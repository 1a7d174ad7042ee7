using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>The first rows of a source file, from which a mapping is proposed and checked.</summary>
/// <param name="Columns">Columns of these rows, in their order.</param>
/// <param name="Rejected">Unreadable rows among the first.</param>
public sealed record SourceSample(
    string Path, IReadOnlyList<string> Columns, IReadOnlyList<SourceRow> Rows, IReadOnlyList<Rejection> Rejected)
{
    /// <summary>Enough to distinguish letters, numbers and texts.</summary>
    public const int Size = 500;

    /// <exception cref="InputException">The file cannot be read as rows.</exception>
    public static async Task<SourceSample> ReadAsync(string path, CancellationToken stop, int size = Size)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"{path} is a folder; name its files.");
        }

        if (!File.Exists(path))
        {
            throw new InputException($"{path} does not exist; name the file to import.");
        }

        var sink = new Sink(size);
        await TableReader.ReadAsync(path, sink, new(), stop);
        return new(path, [.. sink.Rows.SelectMany(row => row.Cells.Keys).Distinct()], sink.Rows, sink.Rejected);
    }

    /// <summary>Returns one sentence on a file without a usable row; null if it has one.</summary>
    public string? WhyEmpty => Rows.Count > 0 ? null
        : Rejected is [var first, ..]
            ? $"{System.IO.Path.GetFileName(Path)} has no row that can be read: line {first.Line} {first.Reason}."
        : $"{System.IO.Path.GetFileName(Path)} has no row; name a file with rows.";

    /// <exception cref="InputException">The file lacks one of the columns.</exception>
    public void RequireColumns(IReadOnlyList<string> needed)
    {
        string[] missing = [.. needed.Except(Columns)];
        if (missing.Length > 0 && Rows.Count > 0)
        {
            throw new InputException($"{Path} has no column {string.Join(" and no ", missing)}; "
                + $"its columns are {string.Join(", ", Columns)}.");
        }
    }

    private sealed class Sink(int size) : IRowSink
    {
        public List<SourceRow> Rows { get; } = [];

        public List<Rejection> Rejected { get; } = [];

        public bool Take(SourceRow row)
        {
            Rows.Add(row);
            return Rows.Count + Rejected.Count < size;
        }

        public bool Reject(Rejection rejection, int index)
        {
            Rejected.Add(rejection);
            return Rows.Count + Rejected.Count < size;
        }
    }
}
