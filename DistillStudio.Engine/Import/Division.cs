using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Decides how the rows that were read are divided into splits, and divides their files.</summary>
internal sealed class Division
{
    private readonly ImportRequest _request;
    private readonly ImportCounts _counts;
    private readonly int _train;
    private readonly byte[]? _drawn;
    private readonly List<string> _notes = [];

    /// <exception cref="InputException">No row was read, or the shares do not fit the rows.</exception>
    public Division(ImportRequest request, ImportCounts counts)
    {
        (_request, _counts) = (request, counts);
        _train = counts.Splits.GetValueOrDefault(Dataset.Train);
        if (counts.Splits.Count == 0)
        {
            Rejection first = counts.RejectedRows.First[0];
            throw new InputException($"None of {counts.Rejected:N0} rows can be imported: {first.File}, line {first.Line}: {first.Reason}"
                + $"{(first.Reason.Contains(';', StringComparison.Ordinal) ? "" : "; check the mapping")}.");
        }

        bool hasColumn = request.SplitColumn is not null;
        double test = Share(Dataset.Test, request.TestShare, hasColumn ? 0 : ImportRequest.DefaultShare);
        bool isUndivided = counts.Splits.Keys.SequenceEqual([Dataset.Train]) && request.Files.Count == 1 && !hasColumn;
        double valid = Share(Dataset.Valid, request.ValidShare, isUndivided ? ImportRequest.DefaultShare : 0);
        Rule = new(request.SplitColumn, valid, test, request.Seed);
        _drawn = valid + test > 0 && _train > 0 ? RowDraw.Assign(_train, valid, test, request.Seed) : null;
        AddNotes(valid, test);
    }

    public SplitRule Rule { get; }

    public ImportResult Result()
    {
        var splits = RowDraw.Splits.ToDictionary(
            split => split, split => split == Dataset.Train ? _train : _counts.Splits.GetValueOrDefault(split));
        if (_drawn is not null)
        {
            splits[Dataset.Train] = _drawn.Count(split => split == 0);
            splits[Dataset.Valid] += _drawn.Count(split => split == 1);
            splits[Dataset.Test] += _drawn.Count(split => split == 2);
        }

        return new(
            _request.Name, _request.Mapping, splits.Where(split => split.Value > 0).ToDictionary(), _counts.RejectedRows, _counts.Blank,
            _notes);
    }

    /// <summary>Moves the training rows to their place, or divides them with their answers.</summary>
    /// <param name="undivided">Data folder with the training rows.</param>
    /// <param name="target">Data folder with the other rows.</param>
    public void Divide(string undivided, string target, IReadOnlyList<string> teachers, CancellationToken stop)
    {
        Func<string, string, string>[] files =
            [(folder, split) => DatasetLayout.RowsFile(folder, _request.Name, split), .. teachers.Select(AnswersFile)];
        foreach (Func<string, string, string> fileOf in _train > 0 ? files : [])
        {
            string source = fileOf(undivided, Dataset.Train);
            if (_drawn is null)
            {
                string place = fileOf(target, Dataset.Train);
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.Move(source, place);
                continue;
            }

            LineFile?[] targets =
                [.. RowDraw.Splits.Select((split, i) => _drawn.Contains((byte)i) ? new LineFile(fileOf(target, split)) : null)];
            try
            {
                RowDraw.Distribute(source, _drawn, targets, stop);
                foreach (LineFile? file in targets)
                {
                    file?.Finish();
                }
            }
            finally
            {
                foreach (LineFile? file in targets)
                {
                    file?.Dispose();
                }
            }

            File.Delete(source);
        }
    }

    /// <summary>Returns what identifies the inputs of each split once the training rows are divided.</summary>
    private Dictionary<string, IEnumerable<UInt128>> Inputs()
    {
        IEnumerable<UInt128> Drawn(int split) => _drawn is null
            ? split == 0 ? Of(Dataset.Train) : []
            : Of(Dataset.Train).Where((_, row) => _drawn[row] == split);
        IEnumerable<UInt128> Of(string split) => _counts.Inputs.GetValueOrDefault(split) ?? [];
        return RowDraw.Splits.Index().ToDictionary(
            split => split.Item,
            split => split.Item == Dataset.Train ? Drawn(split.Index) : Of(split.Item).Concat(Drawn(split.Index)));
    }

    private Func<string, string, string> AnswersFile(string teacher) =>
        (folder, split) => DatasetLayout.TeacherFile(folder, _request.Name, teacher, split, 0);

    private double Share(string split, double? requested, double usual)
    {
        int there = _counts.Splits.GetValueOrDefault(split);
        return there == 0 ? requested ?? usual
            : requested is null or 0 ? 0
            : throw new InputException($"There are {there:N0} {split} rows already; omit --{split}-share.");
    }

    private void AddNotes(double valid, double test)
    {
        if (_drawn is not null)
        {
            string[] parts = [
                .. new[] { (Share: valid, What: "validation"), (Share: test, What: "the test") }.Where(part => part.Share > 0).Select(
                    part => $"{part.Share:0.##} of the rows for {part.What}")
            ];
            _notes.Add($"Drew {string.Join(" and ", parts)}, with seed {_request.Seed} and without regard to the labels.");
        }

        string[] missing = [.. new[] { Dataset.Train, Dataset.Test }.Where(split => Result().Splits.GetValueOrDefault(split) == 0)];
        if (missing.Length > 0)
        {
            _notes.Add($"There are no {string.Join(" and no ", missing)} rows; training needs both.");
        }

        _notes.AddRange(RepeatedCounts.Of(Inputs()).LeakNotes);
        if (LabelSpellings.Doubt(_request.Mapping.Task, _counts.Labels) is { } doubt)
        {
            _notes.Add(doubt);
        }
    }
}
