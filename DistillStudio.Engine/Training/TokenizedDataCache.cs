using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Recipes;
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
    private readonly List<Shelved> _shelved = []; // newest last

    private sealed record Shelved(string Name, string Folder, string[] Teachers, string Key, Dataset Dataset)
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
        string[] teachers = [.. spec.Teachers, .. spec.Teachers.Take(1).SelectMany(teacher => RationaleSamples.NamesOf(
            teacher, spec.Selection.MostRationales, name => Directory.Exists(DatasetLayout.TeacherFolder(folder, spec.Dataset, name))))];
        if (KeyOf(spec.Dataset, folder, teachers) is not { } key)
        {
            return DatasetReader.Load(spec.Dataset, folder, teachers);
        }

        lock (_lock)
        {
            // A dataset with additional teachers also matches: the standard run of a pair needs none.
            if (_shelved.FindLast(shelved => shelved.Name == spec.Dataset && shelved.Folder == folder && teachers.All(shelved.Teachers.Contains)
                && shelved.Key == KeyOf(spec.Dataset, folder, shelved.Teachers)) is { } known)
            {
                _shelved.Remove(known);
                _shelved.Add(known);
                return known.Dataset;
            }
        }

        Dataset dataset = DatasetReader.Load(spec.Dataset, folder, teachers);
        if (KeyOf(spec.Dataset, folder, teachers) == key) // nothing changed during loading
        {
            lock (_lock)
            {
                _shelved.RemoveAll(other => other.Name == spec.Dataset && other.Folder == folder && other.Teachers.All(teachers.Contains));
                _shelved.Add(new(spec.Dataset, folder, teachers, key, dataset));
                while (_shelved.Count > 1 && _shelved.Sum(shelved => (long)RowsOf(shelved.Dataset)) > mostRows)
                {
                    _shelved.RemoveAt(0);
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
    /// <param name="recipe">The run's method.</param>
    /// <param name="tokenizer">The run's tokenizer.</param>
    internal EncodedTask?[]?[] EncodedRows(Dataset dataset, RunSpec spec, DistillationMethod recipe, T5Tokenizer tokenizer)
    {
        string streams = string.Join('\n', recipe.Streams.Select(stream => $"{stream.Prefix}|{stream.Target}|{stream.Source}"));
        string key = $"{tokenizer.Fingerprint}\n{spec.MaxInputLength}\n{spec.LabelSource}\n{spec.Teacher}\n{spec.KeepBlankLabels}\n{streams}\n{ChangeKey(spec)}";
        lock (_lock)
        {
            if (_shelved.Find(shelved => ReferenceEquals(shelved.Dataset, dataset)) is not { } known)
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
        RationaleChange.Shuffled => $"{RationaleChange.Shuffled} {spec.Seed} {spec.Subsample:R} {spec.Draw}",
        var change => $"{change}",
    };

    private static int RowsOf(Dataset dataset) => dataset.Splits.TryGetValue(Dataset.Train, out Split? train) ? train.Rows.Count : 0;

    /// <summary>Returns the cache key; null if the files cannot be read, so that the reader reports the error.</summary>
    private static string? KeyOf(string name, string folder, string[] teachers)
    {
        DatasetInfo info = DatasetCatalog.Get(name);
        try
        {
            IEnumerable<string> names = info.JoinedTo is null ? [name] : [name, info.JoinedTo];
            return string.Join('\n', names.Select(each => DatasetLayout.Fingerprint(folder, each, teachers)).Prepend(string.Join('|', teachers)).Prepend(name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InputException)
        {
            return null;
        }
    }
}
