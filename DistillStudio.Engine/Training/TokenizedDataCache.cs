using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Caches loaded datasets and the token ids of their training examples for later runs on the same data: the runs of a pair or a sweep load
/// and tokenize once. Files that changed on disk are reloaded. Thread-safe.
/// </summary>
/// <param name="mostRows">Maximum number of training rows in total; the least recently used dataset is evicted first, and the newest is
/// kept regardless of its size.</param>
public sealed class TokenizedDataCache(int mostRows = 1_000_000)
{
    /// <summary>Maximum number of tokenized variants kept per dataset: those of a pair, with either label source.</summary>
    private const int MostEncodings = 4;

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = []; // newest last

    private sealed record Entry(string Name, string Folder, string[] Teachers, string Key, Dataset Dataset)
    {
        internal List<(string Key, EncodedTask?[]?[] Rows)> Encodings { get; } = []; // newest last
    }

    /// <summary>Returns the dataset of a run, from the cache if it is unchanged.</summary>
    /// <param name="spec">Determines dataset, folder and teacher.</param>
    /// <param name="home">Provides the datasets folder if the spec names none.</param>
    /// <exception cref="InputException">As <see cref="DatasetReader.Load"/>.</exception>
    internal Dataset Load(RunSpec spec, StudioHome home)
    {
        string folder = spec.DataDir ?? home.Datasets;
        string[] teachers = [.. spec.TeachersIn(folder)];
        if (DatasetLayout.FilesKey(folder, spec.Dataset, teachers) is not { } key)
        {
            return DatasetReader.Load(spec.Dataset, folder, teachers);
        }

        lock (_lock)
        {
            // A dataset with additional teachers also matches: the standard run of a pair needs none.
            if (_entries.FindLast(entry => entry.Name == spec.Dataset && entry.Folder == folder && teachers.All(entry.Teachers.Contains)
                && entry.Key == DatasetLayout.FilesKey(folder, spec.Dataset, entry.Teachers)) is { } known)
            {
                _entries.Remove(known);
                _entries.Add(known);
                return known.Dataset;
            }
        }

        Dataset dataset = DatasetReader.Load(spec.Dataset, folder, teachers);
        if (DatasetLayout.FilesKey(folder, spec.Dataset, teachers) == key) // nothing changed during loading
        {
            lock (_lock)
            {
                _entries.RemoveAll(other => other.Name == spec.Dataset && other.Folder == folder && other.Teachers.All(teachers.Contains));
                _entries.Add(new(spec.Dataset, folder, teachers, key, dataset));
                while (_entries.Count > 1 && _entries.Sum(entry => (long)RowsOf(entry.Dataset)) > mostRows)
                {
                    _entries.RemoveAt(0);
                }
            }
        }

        return dataset;
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
        string streams = string.Join('\n', method.Streams.Select(stream => $"{stream.Prefix}|{stream.Target}|{stream.Source}"));
        string key = $"{tokenizer.Fingerprint}\n{spec.MaxInputLength}\n{spec.LabelSource}\n{spec.Teacher}\n{spec.KeepBlankLabels}\n{streams}\n{ChangeKey(spec)}";
        lock (_lock)
        {
            if (_entries.Find(entry => ReferenceEquals(entry.Dataset, dataset)) is not { } known)
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

    /// <summary>Returns what a row's rationale depends on beside its teacher: if they are shuffled, on which rows there are.</summary>
    private static string ChangeKey(RunSpec spec) => spec.Selection.Change switch
    {
        RationaleChange.Shuffled => $"{RationaleChange.Shuffled} {spec.Seed} {spec.Subsample:R} {spec.Draw} {spec.LeaveOutRejected}",
        var change => $"{change}",
    };

    private static int RowsOf(Dataset dataset) => dataset.Splits.TryGetValue(Dataset.Train, out Split? train) ? train.Rows.Count : 0;
}
