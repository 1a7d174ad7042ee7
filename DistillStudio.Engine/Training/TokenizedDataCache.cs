using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Datasets as they were read, and the ids of their training rows, kept for the next run of the same data: the runs of a pair or a sweep read and
/// tokenise once. What changed on disk is read anew. Safe to share between threads.
/// </summary>
/// <param name="mostRows">Training rows kept in all; the dataset in use longest ago goes first, and the newest stays however large it is.</param>
public sealed class TokenizedDataCache(int mostRows = 1_000_000)
{
    /// <summary>Ways of tokenising one dataset that are kept: those of a pair, with either label source.</summary>
    private const int MostEncodings = 4;

    private readonly Lock _lock = new();
    private readonly List<Shelved> _shelved = []; // the newest last

    private sealed record Shelved(string Name, string Folder, string[] Teachers, string Key, Dataset Dataset)
    {
        internal List<(string Key, EncodedTask?[]?[] Rows)> Encodings { get; } = []; // the newest last
    }

    /// <summary>The dataset that a run learns from.</summary>
    /// <param name="spec">Names dataset, folder and teacher.</param>
    /// <param name="home">Whose datasets are used where the spec names no folder.</param>
    /// <exception cref="InputException">As <see cref="DatasetReader.Load"/>.</exception>
    internal Dataset Load(RunSpec spec, StudioHome home)
    {
        string folder = spec.DataDir ?? home.Datasets;
        string[] teachers = spec.Teacher is null ? [] : [spec.Teacher];
        if (KeyOf(spec.Dataset, folder, teachers) is not { } key)
        {
            return DatasetReader.Load(spec.Dataset, folder, teachers);
        }

        lock (_lock)
        {
            // With more teachers than are asked for it serves as well: the standard half of a pair asks for none.
            if (_shelved.FindLast(shelved => shelved.Name == spec.Dataset && shelved.Folder == folder && teachers.All(shelved.Teachers.Contains)
                && shelved.Key == KeyOf(spec.Dataset, folder, shelved.Teachers)) is { } known)
            {
                _shelved.Remove(known);
                _shelved.Add(known);
                return known.Dataset;
            }
        }

        Dataset dataset = DatasetReader.Load(spec.Dataset, folder, teachers);
        if (KeyOf(spec.Dataset, folder, teachers) == key) // nothing changed while it was read
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

    /// <summary>Where the ids of a run's training rows stand, by <see cref="TrainingRow.Index"/>; null where a row has not been met. Whoever meets one writes it.</summary>
    /// <param name="dataset">From <see cref="Load"/>.</param>
    /// <param name="spec">Says whose labels and rationales are learned.</param>
    /// <param name="recipe">The run's.</param>
    /// <param name="tokenizer">The run's.</param>
    internal EncodedTask?[]?[] EncodedRows(Dataset dataset, RunSpec spec, DistillationMethod recipe, T5Tokenizer tokenizer)
    {
        string streams = string.Join('\n', recipe.Streams.Select(stream => $"{stream.Prefix}|{stream.Target}"));
        string key = $"{tokenizer.Fingerprint}\n{spec.MaxInputLength}\n{spec.LabelSource}\n{spec.Teacher}\n{spec.KeepBlankLabels}\n{streams}";
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

    private static int RowsOf(Dataset dataset) => dataset.Splits.TryGetValue(Dataset.Train, out Split? train) ? train.Rows.Count : 0;

    /// <summary>Null where the reader had better say what is wrong.</summary>
    private static string? KeyOf(string name, string folder, string[] teachers)
    {
        DatasetInfo info = DatasetCatalog.Get(name);
        if (info.IsGenerated)
        {
            return name;
        }

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
