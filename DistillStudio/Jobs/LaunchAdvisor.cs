using System.Collections.Concurrent;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;
using DistillStudio.Engine.Training;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>Examines data, models and earlier runs to estimate the cost of a launch.</summary>
internal sealed class LaunchAdvisor(StudioHome home, IRunHistory history, StepMeasurer measurer, TokenizedDataCache cache)
    : ILaunchFacts, IDisposable
{
    /// <summary>Maximum number of examples whose tokens are counted: sufficient for a median, and fast.</summary>
    private const int RowsSampled = 500;

    private readonly ConcurrentDictionary<string, T5Tokenizer> _tokenizers = [];
    private readonly ConcurrentDictionary<string, (string State, FolderContent Content)> _contents = [];
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _ending = new();

    public LaunchChoices Choices() => new(
        [.. DatasetCatalog.In(home.Datasets).Select(ChoiceOf).OfType<DatasetChoice>()],
        [
            new(DemoModel.Name, DemoModel.Name, HasWeights: false, ContentOf(DemoModel.Materialize(home)).Config?.ParameterCount),
            .. ModelStore.Folders(home).Select(ModelOf),
        ],
        [
            "auto", "cpu",
            .. Enumerable.Range(
                0, LibTorch.IsNvidiaDriverPresent ? Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES")?.Split(',').Length ?? 1 : 0)
                .Select(i => $"cuda:{i}"),
        ]);

    public async Task<LaunchFacts> ExamineAsync(RunSpec spec, CancellationToken stop)
    {
        await _oneAtATime.WaitAsync(stop);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _ending.Token);
            return await Task.Run(() => Examine(spec.WithFullPaths(), either.Token), either.Token);
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

    public Task<StepTime> MeasureAsync(RunSpec spec, long? memoryBytes, CancellationToken stop) =>
        measurer.MeasureAsync(spec.WithFullPaths(), memoryBytes, stop);

    /// <summary>
    /// Cancels a running examination. The semaphore, which owns no handle, is not disposed, since the examination still releases it.
    /// </summary>
    public void Dispose() => _ending.Cancel();

    private LaunchFacts Examine(RunSpec spec, CancellationToken stop)
    {
        Dataset dataset = cache.Preview(spec, home);
        stop.ThrowIfCancellationRequested();
        TrainingData data = TrainingData.Select(dataset, spec.NeedsTeacher ? spec.Selection : spec.Selection.WithoutTeacher());
        stop.ThrowIfCancellationRequested();

        string folder = ModelLocator.Find(spec.FromPretrained, home);
        FolderContent content = UsableContent(folder, spec.Init);
        TrainingRow[] rows = [.. Sampled(data.Train)];
        T5Tokenizer tokenizer = _tokenizers.GetOrAdd(folder, HuggingFaceFolder.LoadTokenizer);
        TokenCounts? Count(Func<TrainingRow, string?> text, int longest) =>
            CountTokens(tokenizer, rows.Select(text).OfType<string>(), longest, stop);

        TokenCounts? inputs = Count(r => r.Input, spec.MaxInputLength);
        TokenCounts? labels = Count(r => r.Label, MethodEncoder.MaxTargetLength);
        TokenCounts? rationales = spec.Method == MethodNames.Standard ? null : Count(r => r.Rationale, MethodEncoder.MaxTargetLength);
        RunSummary? like = RunsLike(spec).FirstOrDefault();
        long batch = (long)spec.BatchSize * spec.GradSteps;
        return new(
            data.Train.Count,
            data.Valid.Count,
            data.Test.Count,
            data.BlankLabels,
            inputs,
            labels,
            rationales,
            BatchOrder.StepsFor(data.Train.Count, spec.BatchSize, spec.GradSteps),
            like is null ? null : like.Elapsed / like.Step * batch / ((long)like.Spec.BatchSize * like.Spec.GradSteps),
            like?.Id,
            content.Config is { } config ? MemoryEstimate.Bytes(config, spec, inputs, labels, rationales, data.Teachers.Count) : null,
            spec.Init == ModelInit.Pretrained ? content.Remarks : [],
            data.Rejected);
    }

    /// <summary>Returns null for a dataset that has no files, not even misnamed ones.</summary>
    private DatasetChoice? ChoiceOf(DatasetInfo info)
    {
        DatasetContents contents = DatasetContents.Of(info, home.Datasets);
        bool isHere = info.IsGenerated || Directory.Exists(Path.Combine(home.Datasets, info.Name)) || contents.Notes.Count > 0;
        return !isHere ? null : new(info.Name, contents.Teachers, contents.Rows.GetValueOrDefault(Dataset.Train), contents.Notes);
    }

    private ModelChoice ModelOf(string folder)
    {
        FolderContent content = ContentOf(folder);
        return new(ModelStore.NameIn(home, folder), folder, content.WeightsFile is not null
            || content.Problem is not null, content.Config?.ParameterCount, content.Problem);
    }

    /// <summary>Returns the content of a model folder; cached until one of its files changes.</summary>
    private FolderContent ContentOf(string folder)
    {
        if (StateOf(folder) is not { } state)
        {
            return HuggingFaceFolder.Inspect(folder);
        }

        if (_contents.TryGetValue(folder, out (string State, FolderContent Content) known) && known.State == state)
        {
            return known.Content;
        }

        FolderContent content = HuggingFaceFolder.Inspect(folder);
        _contents[folder] = (state, content);
        return content;
    }

    /// <summary>Returns the names, modification times and sizes of the folder's files; null if they cannot be read.</summary>
    private static string? StateOf(string folder)
    {
        try
        {
            IEnumerable<FileInfo> files = new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal);
            return string.Join('\n', files.Select(file => $"{file.Name} {file.LastWriteTimeUtc.Ticks} {file.Length}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <exception cref="InputException">The folder cannot be used with this initialisation.</exception>
    private FolderContent UsableContent(string folder, ModelInit init)
    {
        FolderContent content = ContentOf(folder);
        return init == ModelInit.Random ? content
            : content.Problem is { } problem ? throw new InputException(problem)
            : content.WeightsFile is null ? throw new InputException($"{folder} holds no weights, only config and tokenizer; "
                + $"put weights there, or choose random initial weights under Advanced.")
            : content;
    }

    /// <summary>Returns up to <see cref="RowsSampled"/> evenly spaced examples.</summary>
    private static IEnumerable<TrainingRow> Sampled(IReadOnlyList<TrainingRow> rows)
    {
        int count = Math.Min(RowsSampled, rows.Count);
        return Enumerable.Range(0, count).Select(i => rows[(int)((long)i * rows.Count / count)]);
    }

    private static TokenCounts? CountTokens(T5Tokenizer tokenizer, IEnumerable<string> texts, int longest, CancellationToken stop)
    {
        var lengths = new List<int>();
        int unknown = 0;
        foreach (string text in texts)
        {
            stop.ThrowIfCancellationRequested();
            int[] ids = tokenizer.Encode(text);
            lengths.Add(ids.Length);
            unknown += ids.Contains(T5Tokenizer.UnknownId) ? 1 : 0;
        }

        if (lengths.Count == 0)
        {
            return null;
        }

        int[] sorted = [.. lengths.Select(l => Math.Min(l, longest)).Order()];
        return new(
            sorted[sorted.Length / 2], sorted[(int)(0.95 * (sorted.Length - 1))], sorted[^1], lengths.Count(l => l > longest),
            sorted.Length, unknown);
    }

    /// <summary>Returns runs with comparable settings, closest batch size first.</summary>
    private IEnumerable<RunSummary> RunsLike(RunSpec spec) => history.ListRuns()
        .Where(r => r.Step >= 20 && r.Elapsed > 0
            && r.Spec.FromPretrained == spec.FromPretrained
            && r.Spec.Method == spec.Method
            && r.Spec.Dataset == spec.Dataset
            && r.Spec.Device == spec.Device
            && r.Spec.Threads == spec.Threads
            && (r.Spec.Bf16 ?? false) == (spec.Bf16 ?? false))
        .OrderBy(r => Math.Abs(Math.Log((double)r.Spec.BatchSize / spec.BatchSize)))
        .ThenByDescending(r => r.Step);
}
