using System.Collections.Concurrent;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Joins by the order of the rows: reads the teacher's files, one after the other, in parallel with the source file, a few rows
/// ahead.</summary>
internal sealed class OrderedRows : ITeacherRows, IRowSink
{
    private const int Ahead = 512;

    private readonly BlockingCollection<(int Index, SourceRow? Row, Rejection? Rejection)> _read = new(Ahead);
    private readonly CancellationTokenSource _end;
    private readonly string _last;
    private readonly Action<Rejection> _rejected;
    private volatile Exception? _failure;
    private int _before; // answers in the files before the one that is read
    private int _next;
    private int _count;

    /// <param name="paths">At least one file.</param>
    /// <param name="rejected">Called for each answer that cannot be read.</param>
    public OrderedRows(IReadOnlyList<string> paths, ReadOptions options, Action<Rejection> rejected, CancellationToken stop)
    {
        _last = paths[^1];
        _rejected = rejected;
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        CancellationToken token = _end.Token;
        new Thread(() => Read(paths, options, token)) { IsBackground = true, Name = "teacher's answers" }.Start();
    }

    public SourceRow? Find(SourceRow row)
    {
        while (TryNext(out (int Index, SourceRow? Row, Rejection? Rejection) next))
        {
            if (next.Index == row.Index)
            {
                return next.Row;
            }
        }

        throw new InputException($"{_last} ends after {_count:N0} answers, fewer than {row.File} has rows; there must be one per row, "
            + $"or a column that joins them, named with --key.");
    }

    public bool Take(SourceRow row) => Add((_before + row.Index, row, null));

    public bool Reject(Rejection rejection, int index) => Add((_before + index, null, rejection));

    public void End(int rows)
    {
        while (TryNext(out (int Index, SourceRow? Row, Rejection? Rejection) next))
        {
            if (next.Index >= rows)
            {
                throw new InputException($"{_last} has more answers than there are rows, {rows:N0}; there must be one per row, "
                    + $"or a column that joins them, named with --key.");
            }
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
        _read.Dispose();
    }

    private bool TryNext(out (int Index, SourceRow? Row, Rejection? Rejection) next)
    {
        bool isThere = _read.TryTake(out next, Timeout.Infinite, _end.Token);
        if (!isThere && _failure is { } failure)
        {
            throw failure is InputException
                ? new InputException(failure.Message, failure)
                : new StudioException($"{_last} cannot be read ({failure.Message.TrimEnd('.')}).", cause: failure);
        }

        if (next.Rejection is { } rejection)
        {
            _rejected(rejection);
        }

        _count = isThere ? next.Index + 1 : _count;
        return isThere;
    }

    private bool Add((int Index, SourceRow? Row, Rejection? Rejection) item)
    {
        _next = item.Index + 1;
        _read.Add(item, _end.Token);
        return true;
    }

    private void Read(IReadOnlyList<string> paths, ReadOptions options, CancellationToken stop)
    {
        try
        {
            foreach (string path in paths)
            {
                TableReader.ReadAsync(path, this, options, stop).GetAwaiter().GetResult();
                _before = _next;
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }

        try
        {
            _read.CompleteAdding();
        }
        catch (ObjectDisposedException)
        {
            // The import ended before the teacher's files did.
        }
    }
}
