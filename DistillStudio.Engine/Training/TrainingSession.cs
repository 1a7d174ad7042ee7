using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;

namespace DistillStudio.Engine.Training;

/// <summary>
/// The validated inputs and components of a run: data, tokenizer, model, optimiser. Opening a session detects every input error before
/// anything is written. Open, use and dispose it on one thread.
/// </summary>
public sealed class TrainingSession : ITrainingState, IDisposable
{
    private readonly Lazy<RunFingerprints> _fingerprints;
    private readonly ICudaGraphs? _recorder;
    private readonly OwnKernels? _kernels;

    private TrainingSession(
        RunSpec spec, TrainingData data, string modelFolder, T5Tokenizer tokenizer, DistillationMethod method, T5 model, BackendKind pass,
        EncodedTask?[]?[] encodedRows, GpuWays ways, Func<TrainingSession, RunFingerprints> fingerprint)
    {
        Spec = spec;
        Data = data;
        ModelFolder = modelFolder;
        Method = method;
        Model = model;
        Encoder = new MethodEncoder(method, tokenizer, spec.MaxInputLength);
        EncodedRows = encodedRows;
        Tokenizer = tokenizer;
        _fingerprints = new(() => fingerprint(this));
        Parameters = [.. model.parameters()];
        Flat = model.Device.type != DeviceType.CPU || pass == BackendKind.AsOnGpu ? new FlatParameters(Parameters) : null;
        _recorder = ways.Graphs;
        _kernels = ways.Kernels;
        Graphs = Flat is not null && pass != BackendKind.Autograd ? ModelGraphs.Attach(model, ways.Graphs) : null;
        _kernels?.AttachTo(model);
        Pass = ComputeBackends.CreateTraining(model, pass, Flat);
        Evaluator = CreateEvaluator(model, Pass, pass);
        Optimizer = spec.OptimizerName switch
        {
            OptimizerName.Adafactor => new Adafactor(Parameters, Pass.CopyState),
            _ => Flat is null ? new AdamW(Parameters, Pass.Copies) : new AdamW(Parameters, Flat, Pass.FlatCopies),
        };
        Update = Graphs is not null && Optimizer is AdamW adamW ? new StaticUpdate(adamW, Flat!, Graphs.Cache) : null;
        (Optimizer as AdamW)?.Use(_kernels);
    }

    public RunSpec Spec { get; }

    public TrainingData Data { get; }

    public int TrainRows => Data.Train.Count;

    /// <summary>Source of configuration and tokenizer.</summary>
    public string ModelFolder { get; }

    /// <summary>Remarks for the user about the initial weights and the rationales, one sentence each.</summary>
    public IReadOnlyList<string> ModelRemarks { get; private init; } = [];

    /// <summary>Remarks for the user about a run that continues, one sentence each.</summary>
    internal IReadOnlyList<string> ResumeRemarks { get; private init; } = [];

    public T5Tokenizer Tokenizer { get; }

    public DistillationMethod Method { get; }

    public T5 Model { get; }

    public MethodEncoder Encoder { get; }

    public Evaluator Evaluator { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Fingerprints of data and model, the latter before the first step.</summary>
    public RunFingerprints Fingerprints => _fingerprints.Value;

    /// <summary>Token ids of training examples already tokenized, in this run or another, by <see cref="TrainingRow.Index"/>.</summary>
    internal EncodedTask?[]?[] EncodedRows { get; }

    /// <summary>
    /// Contiguous storage of the parameters, with which steps are launched asynchronously; null if each parameter has its own storage.
    /// </summary>
    internal FlatParameters? Flat { get; }

    /// <summary>Static memory and graphs of the steps and of decoding; null if steps have the shapes of their batches.</summary>
    internal ModelGraphs? Graphs { get; }

    /// <summary>Clipping and update as static work; null if the optimiser lacks it.</summary>
    internal StaticUpdate? Update { get; }

    /// <summary>Compute backend of losses and gradients.</summary>
    internal ITrainingBackend Pass { get; }

    public IOptimizer Optimizer { get; }

    /// <summary>Routes of the matrix products on the CPU, on which rounding depends; null on a GPU.</summary>
    public string? Products => ProductRoutes.Of(Model);

    /// <param name="spec">Settings; validated here.</param>
    /// <param name="home">Location of datasets and models.</param>
    /// <param name="pass">Compute backend of the steps; affects speed, but results only by rounding.</param>
    /// <param name="cache">Cache of data loaded and tokenized by earlier runs; null for none.</param>
    /// <param name="begun">Called as each phase begins.</param>
    /// <param name="resumed">The run that continues, whose threads are used again; null for a new one.</param>
    /// <exception cref="InputException">Settings, data or model are not usable for training; all errors in the settings are reported at
    /// once.</exception>
    public static TrainingSession Open(RunSpec spec, StudioHome home, BackendKind pass = BackendKind.Auto, TokenizedDataCache? cache = null,
        Action<RunPhase>? begun = null, RunFolder? resumed = null) =>
        GpuThread.Open(() => Open(spec, home, pass, cache, begun, resumed, null));

    /// <inheritdoc cref="Open(RunSpec, StudioHome, BackendKind, TokenizedDataCache?, Action{RunPhase}?, RunFolder?)"/>
    /// <param name="graphs">Records the steps; null for what the device offers.</param>
    internal static TrainingSession Open(
        RunSpec spec, StudioHome home, BackendKind pass, TokenizedDataCache? cache, Action<RunPhase>? begun, RunFolder? resumed,
        ICudaGraphs? graphs)
    {
        cache ??= new TokenizedDataCache();
        RunSpecRules.Require(spec);
        Device device = Devices.Resolve(spec.Device);
        set_num_threads(spec.Threads ?? LibTorch.DefaultThreads); // another run of this process may have changed the count

        begun?.Invoke(RunPhase.ReadingData);
        Dataset dataset = cache.Load(spec, home);
        TrainingData data = TrainingData.Select(dataset, spec.Selection);
        DistillationMethod method = spec.CreateMethod(data.Teachers);
        string folder = ModelLocator.Find(spec.FromPretrained, home);
        T5Tokenizer tokenizer = HuggingFaceFolder.LoadTokenizer(folder);
        var remarks = new List<string>();
        GpuWays ways = graphs is not null ? new(graphs, null)
            : GraphSupport.Open(
                device, home, wantsGraphs: pass != BackendKind.Autograd && !spec.NoCudaGraphs,
                wantsKernels: pass != BackendKind.Autograd && !spec.NoOwnKernels, remarks.Add, bf16: spec.Bf16);
        if (spec.Method == MethodNames.ManyRationales)
        {
            remarks.Add(data.Teachers.Count > 1
                ? $"Each row has up to {data.Teachers.Count} rationales: those of {string.Join(", ", data.Teachers)}."
                : $"{spec.Teacher} has one rationale per row, since there is no teacher {spec.Teacher}.2: this run equals step-by-step.");
        }

        if (method.MutualWeight > 0 && pass == BackendKind.Auto)
        {
            if (device.type == DeviceType.CPU)
            {
                pass = BackendKind.Autograd;
                remarks.Add($"{MethodNames.Title(spec.Method)} trains with libtorch's autograd, since the CPU backend lacks its third "
                    + $"loss: steps may take longer.");
            }
            else if (ways.Graphs is not null)
            {
                remarks.Add($"{MethodNames.Title(spec.Method)} trains without CUDA graphs, which lack its third loss: steps take longer.");
            }
        }

        begun?.Invoke(RunPhase.LoadingModel);
        T5 model = LoadModel(spec, folder, PrecisionExtensions.Choose(spec.Bf16, device), remarks.Add);
        string weights = ModelDigest.OfWeights(model); // before a resumed run replaces them by those of its checkpoint
        string? threadsRemark = null;
        if (spec.Threads is null && device.type == DeviceType.CPU)
        {
            (int threads, threadsRemark) = ThreadChoice.ForRun(model.Config, spec.BatchSize, LibTorch.DefaultThreads, resumed);
            set_num_threads(threads);
        }

        return new(
            spec,
            data,
            folder,
            tokenizer,
            method,
            Place(model, device),
            pass,
            cache.EncodedRows(dataset, spec, method, tokenizer),
            ways,
            session => session.FingerprintsOf(dataset, weights))
        {
            ModelRemarks = remarks,
            ResumeRemarks = threadsRemark is null ? [] : [threadsRemark],
        };
    }

    /// <summary>
    /// Reads the token ids of all training rows from a folder that other processes share, or tokenizes them for these. Otherwise, a row is
    /// tokenized when it is first used.
    /// </summary>
    /// <param name="store">The shared folder.</param>
    /// <param name="stop">Ends the wait for another process.</param>
    /// <exception cref="IOException">The folder cannot be used; no row is tokenized.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be used; no row is tokenized.</exception>
    public void Tokenize(TokenStore store, CancellationToken stop)
    {
        EncodedTask?[][] tasks = store.Get(
            Data.Train, Encoder.Encode, TokenizedDataCache.EncodingOf(Spec, Method, Tokenizer), stop);
        for (int i = 0; i < tasks.Length; i++)
        {
            EncodedRows[Data.Train[i].Index] = tasks[i];
        }
    }

    /// <summary>Creates an evaluator for these weights, with the run's settings.</summary>
    public Evaluator CreateEvaluator(T5 model) => CreateEvaluator(model, null, BackendKind.Auto);

    /// <summary>Loads a second model on the run's device, with the weights of a Hugging Face folder.</summary>
    public T5 LoadWeights(string folder)
    {
        T5 model = Place(HuggingFaceFolder.Load(folder, Model.Precision), Model.Device);
        if (Graphs is not null)
        {
            ModelGraphs.Attach(model, _recorder);
        }

        return model;
    }

    /// <summary>Returns the rows used in an evaluation: all, or the first <c>--eval-limit</c>.</summary>
    public IReadOnlyList<TrainingRow> Limit(IReadOnlyList<TrainingRow> rows) =>
        Spec.EvalLimit is { } limit && limit < rows.Count ? [.. rows.Take(limit)] : rows;

    /// <summary>Returns a sentence for each fall-back of graphs and own kernels since the last call.</summary>
    internal IReadOnlyList<string> TakeNotices() => [.. Graphs?.TakeNotices() ?? [], .. _kernels?.TakeNotices() ?? []];

    /// <summary>Logs what has become of graphs and own kernels since the last call.</summary>
    internal void LogNotices(RunRecorder recorder)
    {
        foreach (string notice in TakeNotices())
        {
            recorder.Log(LogSeverity.Warning, notice);
        }
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Pass.Dispose();
        Model.Dispose();
        Flat?.Dispose();
        _kernels?.Dispose();
        GpuThread.Leave();
    }

    private Evaluator CreateEvaluator(T5 model, ITrainingBackend? pass, BackendKind kind) =>
        new(
            model, Tokenizer, Method, Data.Task,
            new EvaluationOptions(Spec.BatchSize, Spec.MaxInputLength, Spec.GenMaxLen))
        { Pass = pass, Kind = kind };

    private RunFingerprints FingerprintsOf(Dataset dataset, string weights) => new(
        DatasetDigests.OfFiles(dataset),
        DatasetDigests.OfRun(dataset, Data.Teachers),
        RowDigests.FingerprintOf(Data.Train),
        RowDigests.FingerprintOf(Limit(Data.Valid)),
        RowDigests.FingerprintOf(Limit(Data.Test)),
        ModelDigest.OfConfig(Model.Config),
        weights,
        ModelDigest.OfTokenizer(Tokenizer));

    /// <summary>Loads the model on the CPU.</summary>
    private static T5 LoadModel(RunSpec spec, string folder, Precision precision, Action<string> remark)
    {
        if (spec.Init == ModelInit.Pretrained)
        {
            return HuggingFaceFolder.Load(folder, precision, remark);
        }

        FolderContent content = HuggingFaceFolder.Inspect(folder);
        if (content.WeightsFile is { } file)
        {
            remark($"The run starts from random weights, as its settings require; those in {file} are not used.");
        }

        var model = new T5(content.Config ?? HuggingFaceFolder.ReadConfig(folder), precision);
        model.InitializeWeights(spec.Seed);
        return model;
    }

    /// <summary>
    /// Moves the model to the device. Must precede the optimiser: TorchSharp keys optimiser state by handles, which change when a model
    /// moves.
    /// </summary>
    private static T5 Place(T5 model, Device device)
    {
        model.to(device);
        return model;
    }
}
