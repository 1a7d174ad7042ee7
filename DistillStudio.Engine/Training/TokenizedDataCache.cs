using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Caches loaded datasets and the token ids of their training examples for later runs on the same data: the runs of a pair or a sweep load
/// and tokenize once, and a run reuses what was loaded to describe it. Files that changed on disk are reloaded. Thread-safe.
/// </summary>
/// <param name="mostRows">Maximum number of training rows in total; the least recently used dataset is evicted first, and the newest is
/// kept regardless of its size.</param>
public sealed class TokenizedDataCache(int mostRows = 1_000_000)
{
    /// <summary>Maximum number of tokenized variants kept per dataset: those of a pair, with either label source.</summary>
    private const int MostEncodings = 4;

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = []; // newest last

    /// <summary>
    /// Returns a dataset with all its teachers, from the cache if it is unchanged. The cache keeps it only as long as it is in use
    /// elsewhere, or a run loads it: a large dataset takes seconds to read and a gigabyte of memory.
    /// </summary>
    /// <param name="spec">Determines dataset and folder.</param>
    /// <param name="home">Provides the datasets folder if the spec names none.</param>
    /// <exception cref="InputException">As <see cref="DatasetReader.Load"/>.</exception>
    public Dataset Preview(RunSpec spec, StudioHome home)
    {
        string folder = spec.DataDir ?? home.Datasets;
        return Get(spec.Dataset, folder, TeachersOf(spec.Dataset, folder), isKept: false);
    }

    /// <summary>Returns the dataset of a run, from the cache if it is unchanged.</summary>
    /// <param name="spec">Determines dataset, folder and teacher.</param>
    /// <param name="home">Provides the datasets folder if the spec names none.</param>
    /// <exception cref="InputException">As <see cref="DatasetReader.Load"/>.</exception>
    internal Dataset Load(RunSpec spec, StudioHome home)
    {
        string folder = spec.DataDir ?? home.Datasets;
        return Get(spec.Dataset, folder, [.. spec.TeachersIn(folder)], isKept: true);
    }

    /// <param name="name">Name of the dataset.</param>
    /// <param name="folder">Folder of the datasets.</param>
    /// <param name="teachers">Teachers to load; null if they cannot be listed, so that the reader reports the error.</param>
    /// <param name="isKept">False to hold the dataset by a weak reference.</param>
    private Dataset Get(string name, string folder, string[]? teachers, bool isKept)
    {
        if (teachers is null || DatasetLayout.FilesKey(folder, name, teachers) is not { } key)
        {
            return DatasetReader.Load(name, folder, teachers);
        }

        lock (_lock)
        {
            // A dataset with additional teachers also matches: the standard run of a pair needs none.
            List<Entry> matches = _entries.FindAll(entry => entry.Name == name && entry.Folder == folder
                && teachers.All(entry.Teachers.Contains) && entry.Key == DatasetLayout.FilesKey(folder, name, entry.Teachers));
            if ((matches.FindLast(entry => entry.IsKept) ?? matches.LastOrDefault()) is { } match && match.Find() is { } known)
            {
                Add(match, known, isKept || match.IsKept);
                return known;
            }
        }

        Dataset dataset = DatasetReader.Load(name, folder, teachers);
        if (DatasetLayout.FilesKey(folder, name, teachers) == key) // nothing changed during loading
        {
            lock (_lock)
            {
                Add(new(name, folder, teachers, key, dataset), dataset, isKept);
            }
        }

        return dataset;
    }

    /// <summary>Makes an entry the newest; removes those that it replaces and those beyond the maximum.</summary>
    private void Add(Entry newest, Dataset dataset, bool isKept)
    {
        newest.Kept = isKept ? dataset : null;
        _entries.RemoveAll(other => other == newest || other.Find() is null || ((isKept || !other.IsKept)
            && other.Name == newest.Name && other.Folder == newest.Folder && other.Teachers.All(newest.Teachers.Contains)));
        _entries.Add(newest);
        while (_entries.Sum(entry => (long)RowsOf(entry.Kept)) > mostRows
            && _entries.Find(entry => entry.IsKept && entry != newest) is { } oldest)
        {
            _entries.Remove(oldest);
        }
    }

    /// <summary>
    /// Returns the storage of a run's token ids, by <see cref="TrainingRow.Index"/>; null for examples not yet tokenized. The caller
    /// stores those it tokenizes.
    /// </summary>
    /// <param name="dataset">A dataset from <see cref="Load"/>.</param>
    /// <param name="spec">Determines whose labels and rationales are used.</param>
    /// <param name="method">The run's method.</param>
    /// <param name="tokenizer">The run's tokenizer.</param>
    internal EncodedTask?[]?[] EncodedRows(Dataset dataset, RunSpec spec, DistillationMethod method, T5Tokenizer tokenizer)
    {
        string key = string.Join(
            '\n', EncodingOf(spec, method, tokenizer), spec.LabelSource, spec.Teacher, spec.KeepBlankLabels, ChangeKey(spec));
        lock (_lock)
        {
            if (_entries.Find(entry => ReferenceEquals(entry.Kept, dataset)) is not { } known)
            {
                return new EncodedTask?[]?[RowsOf(dataset)];
            }

            int place = known.Encodings.FindIndex(encoding => encoding.Key == key);
            (string, EncodedTask?[]?[] Rows) encoding = place < 0 ? (key, new EncodedTask?[]?[RowsOf(dataset)]) : known.Encodings[place];
            known.Encodings.RemoveAll(other => other.Key == key);
            known.Encodings.Add(encoding);
            if (known.Encodings.Count > MostEncodings)
            {
                known.Encodings.RemoveAt(0);
            }

            return encoding.Rows;
        }
    }

    /// <summary>Returns all that a row's token ids depend on besides its texts.</summary>
    internal static string EncodingOf(RunSpec spec, DistillationMethod method, T5Tokenizer tokenizer) => string.Join(
        '\n',
        [
            tokenizer.Fingerprint, $"{spec.MaxInputLength}",
            .. method.Streams.Select(stream => $"{stream.Prefix}|{stream.Target}|{stream.Source}"),
        ]);

    /// <summary>Returns what a row's rationale depends on besides its teacher: if they are shuffled, the set of rows.</summary>
    private static string ChangeKey(RunSpec spec) => spec.Selection.Change switch
    {
        RationaleChange.Shuffled => $"{RationaleChange.Shuffled} {spec.Seed} {spec.Subsample:R} {spec.Draw} {spec.LeaveOutRejected}",
        var change => $"{change}",
    };

    private static int RowsOf(Dataset? dataset) => dataset?.Splits.GetValueOrDefault(Dataset.Train)?.Rows.Count ?? 0;

    /// <summary>Returns the teachers in the dataset's folder; null if it cannot be read.</summary>
    private static string[]? TeachersOf(string name, string folder)
    {
        try
        {
            DatasetInfo info = DatasetCatalog.Get(name, folder);
            IEnumerable<string> teachers = info.IsGenerated ? DatasetLayout.FurtherTeachers(folder, name).Prepend(DemoDataset.Teacher)
                : DatasetLayout.Teachers(folder, name).Concat(info.JoinedTo is { } first ? DatasetLayout.Teachers(folder, first) : []);
            return [.. teachers.Distinct()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InputException)
        {
            return null;
        }
    }

    /// <param name="teachers">Teachers whose answers are loaded.</param>
    private sealed class Entry(string name, string folder, string[] teachers, string key, Dataset dataset)
    {
        private readonly WeakReference<Dataset> _dataset = new(dataset);

        internal string Name => name;

        internal string Folder => folder;

        internal string[] Teachers => teachers;

        internal string Key => key;

        /// <summary>The dataset, if the cache keeps it in memory.</summary>
        internal Dataset? Kept { get; set; }

        internal bool IsKept => Kept is not null;

        internal List<(string Key, EncodedTask?[]?[] Rows)> Encodings { get; } = []; // newest last

        /// <summary>Returns null if the dataset is no longer in memory.</summary>
        internal Dataset? Find() => _dataset.TryGetTarget(out Dataset? found) ? found : null;
    }
}
