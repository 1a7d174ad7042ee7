using System.Collections.Concurrent;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;
using DistillStudio.Engine.Training;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Looks at data, models and earlier runs on a person's behalf.</summary>
internal sealed class LaunchAdvisor(StudioHome home, IRunHistory history, StepMeasurer measurer) : ILaunchFacts, IDisposable
{
    /// <summary>Rows whose tokens are counted: enough for a median, few enough to wait for.</summary>
    private const int RowsSampled = 500;

    private readonly ConcurrentDictionary<string, T5Tokenizer> _tokenizers = [];
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _ending = new();

    // A large dataset takes seconds to read and a gigabyte to keep: the last one stays while memory lasts.
    private (string Key, WeakReference<Dataset> Data)? _last;

    public LaunchChoices Choices() => new(
        [.. DatasetCatalog.All.Where(HasFiles).Select(ChoiceOf)],
        [new(DemoModel.Name, DemoModel.Name, HasWeights: false, Parameters(DemoModel.Materialize(home))), .. ModelFolders().Select(ModelOf)],
        ["auto", "cpu", .. Enumerable.Range(0, LibTorch.IsNvidiaDriverPresent ? Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES")?.Split(',').Length ?? 1 : 0).Select(i => $"cuda:{i}")]);

    public async Task<LaunchFacts> ExamineAsync(RunSpec spec, CancellationToken stop)
    {
        await _oneAtATime.WaitAsync(stop);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _ending.Token);
            return await Task.Run(() => Examine(spec, either.Token), either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new StudioException("The studio is stopping.");
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public Task<StepTime> MeasureAsync(RunSpec spec, long? memoryBytes, CancellationToken stop) => measurer.MeasureAsync(spec, memoryBytes, stop);

    /// <summary>Ends an examination that is under way; it still gives its turn back, so that the semaphore, which has nothing to free, stays.</summary>
    public void Dispose() => _ending.Cancel();

    private LaunchFacts Examine(RunSpec spec, CancellationToken stop)
    {
        Dataset dataset = Load(spec);
        stop.ThrowIfCancellationRequested();
        string? teacher = spec.ModelType == RecipeNames.Standard && spec.LabelType == LabelType.Gt ? null : spec.Llm;
        TrainingData data = TrainingData.Select(dataset, new(spec.LabelType == LabelType.Llm, teacher, spec.Subsample, spec.Run, spec.KeepBlankLabels));
        stop.ThrowIfCancellationRequested();

        string folder = FolderOf(spec.FromPretrained);
        TrainingRow[] rows = [.. Sampled(data.Train)];
        T5Tokenizer tokenizer = _tokenizers.GetOrAdd(folder, HuggingFaceFolder.LoadTokenizer);
        TokenCounts? Count(Func<TrainingRow, string?> text, int longest) =>
            CountTokens(tokenizer, rows.Select(text).OfType<string>(), longest, stop);

        TokenCounts? inputs = Count(r => r.Input, spec.MaxInputLength);
        TokenCounts? labels = Count(r => r.Label, RecipeEncoder.MaxTargetLength);
        TokenCounts? rationales = spec.ModelType == RecipeNames.Standard ? null : Count(r => r.Rationale, RecipeEncoder.MaxTargetLength);
        RunSummary? like = RunsLike(spec).FirstOrDefault();
        int batch = spec.BatchSize * spec.GradSteps;
        return new(
            data.Train.Count,
            data.Valid.Count,
            data.Test.Count,
            data.BlankLabels,
            inputs,
            labels,
            rationales,
            (double)data.Train.Count / batch,
            like is null ? null : like.Elapsed / like.Step * batch / (like.Spec.BatchSize * like.Spec.GradSteps),
            like?.Id,
            MemoryEstimate.Bytes(HuggingFaceFolder.ReadConfig(folder), spec, inputs, labels, rationales));
    }

    private Dataset Load(RunSpec spec)
    {
        string folder = spec.DataDir ?? home.Datasets;
        string key = $"{folder}\n{spec.Dataset}";
        if (_last is { } last && last.Key == key && last.Data.TryGetTarget(out Dataset? kept))
        {
            return kept;
        }

        Dataset dataset = DatasetReader.Load(spec.Dataset, folder);
        _last = (key, new(dataset));
        return dataset;
    }

    private bool HasFiles(DatasetInfo info) => info.IsGenerated || Directory.Exists(Path.Combine(home.Datasets, info.Name));

    private DatasetChoice ChoiceOf(DatasetInfo info) => info.IsGenerated
        ? new(info.Name, [DemoDataset.Teacher], null)
        : new(info.Name, DatasetLayout.Teachers(home.Datasets, info.Name), info.TrainRows > 0 ? info.TrainRows : null);

    private IEnumerable<string> ModelFolders() => !Directory.Exists(home.Models)
        ? []
        : Directory.EnumerateFiles(home.Models, T5ConfigFile.FileName, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, IgnoreInaccessible = true })
            .Select(config => Path.GetDirectoryName(config)!)
            .Where(folder => Path.GetFileName(folder) != DemoModel.Name)
            .Order(StringComparer.Ordinal);

    private ModelChoice ModelOf(string folder) => new(Path.GetRelativePath(home.Models, folder), folder, HasWeights(folder), Parameters(folder));

    private static bool HasWeights(string folder)
    {
        try
        {
            using IWeightReader reader = HuggingFaceFolder.OpenWeights(folder);
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    private static long? Parameters(string folder)
    {
        try
        {
            return HuggingFaceFolder.ReadConfig(folder).ParameterCount;
        }
        catch (InputException)
        {
            return null;
        }
    }

    private string FolderOf(string fromPretrained) => fromPretrained == DemoModel.Name ? DemoModel.Materialize(home) : fromPretrained;

    /// <summary>Evenly spread over the rows.</summary>
    private static IEnumerable<TrainingRow> Sampled(IReadOnlyList<TrainingRow> rows)
    {
        int count = Math.Min(RowsSampled, rows.Count);
        return Enumerable.Range(0, count).Select(i => rows[(int)((long)i * rows.Count / count)]);
    }

    private static TokenCounts? CountTokens(T5Tokenizer tokenizer, IEnumerable<string> texts, int longest, CancellationToken stop)
    {
        var lengths = new List<int>();
        foreach (string text in texts)
        {
            stop.ThrowIfCancellationRequested();
            lengths.Add(tokenizer.Encode(text).Length);
        }

        if (lengths.Count == 0)
        {
            return null;
        }

        int[] sorted = [.. lengths.Select(l => Math.Min(l, longest)).Order()];
        return new(sorted[sorted.Length / 2], sorted[(int)(0.95 * (sorted.Length - 1))], sorted[^1], lengths.Count(l => l > longest), sorted.Length);
    }

    /// <summary>Runs that took about as long a row, the closest first.</summary>
    private IEnumerable<RunSummary> RunsLike(RunSpec spec) => history.ListRuns()
        .Where(r => r.Step >= 20 && r.Elapsed > 0
            && r.Spec.FromPretrained == spec.FromPretrained
            && r.Spec.ModelType == spec.ModelType
            && r.Spec.Dataset == spec.Dataset
            && r.Spec.Device == spec.Device
            && (r.Spec.Bf16 ?? false) == (spec.Bf16 ?? false))
        .OrderBy(r => Math.Abs(Math.Log((double)r.Spec.BatchSize / spec.BatchSize)))
        .ThenByDescending(r => r.Step);
}
