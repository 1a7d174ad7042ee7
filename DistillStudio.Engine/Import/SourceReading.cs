using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Reads the source files of an import and passes on their finished rows with their splits.</summary>
internal sealed class SourceReading : IRowSink
{
    private readonly ImportRequest _request;
    private readonly RowMapper _mapper;
    private readonly ImportCounts _counts;
    private readonly Action<string, ImportedRow> _found;
    private readonly Action<ImportProgress>? _progress;
    private readonly long _total;
    private long _before; // bytes of the files already read
    private Func<SourceRow, SourceRow?> _teacherOf = row => row;
    private string? _split;
    private int _rows;

    public SourceReading(
        ImportRequest request, RowMapper mapper, ImportCounts counts, Action<string, ImportedRow> found, Action<ImportProgress>? progress)
    {
        (_request, _mapper, _counts, _found, _progress) = (request, mapper, counts, found, progress);
        _total = request.Files.Sum(file => new FileInfo(file.Path).Length);
    }

    /// <exception cref="InputException">A file cannot be read, or its teacher's answers do not belong to it.</exception>
    public async Task ReadAsync(CancellationToken stop)
    {
        KeyedRows? keyed = await KeyedAsync(stop);
        foreach (ImportFile file in _request.Files)
        {
            _split = _request.SplitOf(file);
            _rows = 0;
            using ITeacherRows teacher = keyed ?? TeacherOf(file, stop);
            _teacherOf = teacher.Find;
            await TableReader.ReadAsync(file.Path, this, new(Columns, Report), stop);
            if (_rows == 0)
            {
                throw new InputException($"{file.Path} has no rows; name a file with rows.");
            }

            teacher.End(_rows);
            _before += new FileInfo(file.Path).Length;
        }
    }

    public bool Take(SourceRow row)
    {
        _rows++;
        SourceRow? teacher = _teacherOf(row);
        string? split = _split ?? SplitName.Parse(row.Cells.GetValueOrDefault(_request.SplitColumn!).ToString());
        if (split is null)
        {
            return Reject(row, $"{_request.SplitColumn} is \"{row.Cells.GetValueOrDefault(_request.SplitColumn!)}\", which names no split; "
                + $"use train, valid or test");
        }

        if (_mapper.Map(row, teacher, out string reason) is not { } imported)
        {
            return Reject(row, reason);
        }

        _counts.Add(split, imported);
        _found(split, imported);
        return true;
    }

    public bool Reject(Rejection rejection, int index)
    {
        _rows++;
        _counts.Reject(rejection);
        return true;
    }

    private string[] Columns => [.. _mapper.Columns
        .Concat(
            new[] { _request.SplitColumn, _request.Mapping.Key, _request.Mapping.TeacherLabel, _request.Mapping.TeacherRationale }
                .OfType<string>())
        .Append(JsonTable.TextColumn).Distinct()];

    private bool Reject(SourceRow row, string reason)
    {
        _counts.Reject(new(row.File, row.Line, reason));
        return true;
    }

    private async Task<KeyedRows?> KeyedAsync(CancellationToken stop)
    {
        if (_request.Mapping.Key is not { } key || _request.TeacherFiles.Count == 0)
        {
            return null;
        }

        var rows = new KeyedRows(key, _counts.Reject);
        foreach (ImportFile file in _request.TeacherFiles)
        {
            await TableReader.ReadAsync(file.Path, rows, new(Columns), stop);
        }

        return rows;
    }

    /// <summary>Returns the teacher's rows for a file: those of the same split, or all if there is only one file of each kind.</summary>
    private ITeacherRows TeacherOf(ImportFile file, CancellationToken stop)
    {
        if (_request.TeacherFiles.Count == 0)
        {
            return _request.Mapping.Teacher is null || _request.Mapping.TeacherLabel is not null
                || _request.Mapping.TeacherRationale is not null
                ? new SameRow()
                : throw new InputException($"The teacher {_request.Mapping.Teacher} has no answers; name its columns with --teacher-label "
                    + $"and --teacher-rationale, or its files with --teacher-file.");
        }

        string[] paths = _request.Files.Count == 1
            ? [.. _request.TeacherFiles.Select(teacher => teacher.Path)]
            : [.. _request.TeacherFiles.Where(teacher => teacher.OwnSplit == file.OwnSplit).Select(teacher => teacher.Path)];
        return paths.Length == 0
            ? throw new InputException($"{file.Path} has no teacher file for its split; name one with --teacher-file {file.OwnSplit}=FILE.")
            : new OrderedRows([.. paths.OrderBy(path => NumberIn(path))], new(Columns), _counts.Reject, stop);
    }

    /// <summary>Returns the last number in a file's name; files of a sequence are read in this order.</summary>
    private static int NumberIn(string path) =>
        int.TryParse(string.Concat(Path.GetFileNameWithoutExtension(path).Reverse().TakeWhile(char.IsAsciiDigit).Reverse()), out int number)
            ? number
            : 0;

    private void Report(long bytes) =>
        _progress?.Invoke(new("reading", _counts.Splits.Values.Sum(), _counts.Rejected, _before + bytes, _total));
}
