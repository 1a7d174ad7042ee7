using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Finds the teacher's row for each source row, in files that hold the teacher's answers.</summary>
internal interface ITeacherRows : IDisposable
{
    /// <summary>Returns null if the teacher has no readable answer.</summary>
    SourceRow? Find(SourceRow row);

    /// <param name="rows">Number of source rows.</param>
    /// <exception cref="InputException">The answers do not belong to the rows.</exception>
    void End(int rows);
}

/// <summary>The teacher's answers are in the source row itself.</summary>
internal sealed class SameRow : ITeacherRows
{
    public SourceRow? Find(SourceRow row) => row;

    public void End(int rows)
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>Joins by a column that both files have. Keeps the teacher's answers in memory.</summary>
/// <param name="rejected">Called for each answer that cannot be read.</param>
internal sealed class KeyedRows(string key, Action<Rejection> rejected) : ITeacherRows, IRowSink
{
    private readonly Dictionary<string, SourceRow> _rows = [];
    private readonly HashSet<string> _used = [];

    public SourceRow? Find(SourceRow row)
    {
        string value = row.Cells.GetValueOrDefault(key).ToString();
        _used.Add(value);
        return _rows.GetValueOrDefault(value);
    }

    public bool Take(SourceRow row)
    {
        string value = row.Cells.GetValueOrDefault(key).ToString();
        string? why = value.Length == 0 ? $"has no {key}" : _rows.TryAdd(value, row) ? null : $"{key} {value} occurs again";
        return why is null || Reject(new(row.File, row.Line, why), row.Index);
    }

    public bool Reject(Rejection rejection, int index)
    {
        rejected(rejection);
        return true;
    }

    public void End(int rows)
    {
        if (_rows.Count > 0 && !_rows.Keys.Any(_used.Contains))
        {
            throw new InputException($"No {key} of the teacher's files occurs in the rows; name another column with --key.");
        }
    }

    public void Dispose()
    {
    }
}
