using System.Collections.Concurrent;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Text;

namespace DistillStudio.Datasets;

/// <summary>Loads datasets and tokenizers for the pages that show them. A dataset is kept only while a page shows it.</summary>
public sealed class DatasetCache(StudioHome home) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly ConcurrentDictionary<string, (string State, WeakReference<Dataset> Data)> _loaded = [];
    private readonly ConcurrentDictionary<string, T5Tokenizer> _tokenizers = [];

    /// <exception cref="Engine.Runtime.InputException">There is no such dataset, or it is damaged.</exception>
    public async Task<Dataset> LoadAsync(string name, CancellationToken stop)
    {
        await _oneAtATime.WaitAsync(stop);
        try
        {
            string state = StateOf(name);
            if (_loaded.TryGetValue(name, out (string State, WeakReference<Dataset> Data) known)
                && known.State == state
                && known.Data.TryGetTarget(out Dataset? kept))
            {
                return kept;
            }

            Dataset dataset = await Task.Run(() => DatasetReader.Load(name, home.Datasets), stop);
            _loaded[name] = (state, new(dataset));
            return dataset;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <param name="model">Name or path, as in a run's settings.</param>
    /// <exception cref="Engine.Runtime.InputException">There is no such model, or its tokenizer is damaged.</exception>
    public Task<T5Tokenizer> TokenizerAsync(string model, CancellationToken stop) =>
        Task.Run(() => _tokenizers.GetOrAdd(ModelLocator.Find(model, home), HuggingFaceFolder.LoadTokenizer), stop);

    public void Dispose() => _oneAtATime.Dispose();

    /// <summary>Returns names, sizes and times of the dataset's files.</summary>
    private string StateOf(string name)
    {
        var folder = new DirectoryInfo(Path.Combine(home.Datasets, name));
        try
        {
            return DatasetNames.IsValid(name) && folder.Exists
                ? string.Join(
                    '\n',
                    folder.EnumerateFiles("*", SearchOption.AllDirectories)
                        .Select(file => $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}").Order(StringComparer.Ordinal))
                : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
