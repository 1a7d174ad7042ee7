using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Recipes;
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

namespace DistillStudio.Engine.Training;

/// <summary>
/// Everything a run needs, loaded and checked: data, tokenizer, model, optimiser. Opening one finds every mistake in the input
/// before anything is written. Open, use and dispose it on one thread.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    /// <summary>As libtorch came, before any run set a number of its own.</summary>
    private static readonly Lazy<int> DefaultThreads = new(() => ParallelTeam.Size);

    private readonly T5Tokenizer _tokenizer;

    private TrainingSession(RunSpec spec, TrainingData data, string modelFolder, T5Tokenizer tokenizer, DistillationMethod recipe, T5 model, BackendKind pass, EncodedTask?[]?[] encodedRows)
    {
        Spec = spec;
        Data = data;
        ModelFolder = modelFolder;
        Recipe = recipe;
        Model = model;
        Encoder = new MethodEncoder(recipe, tokenizer, spec.MaxInputLength);
        EncodedRows = encodedRows;
        _tokenizer = tokenizer;
        Parameters = [.. model.parameters()];
        Flat = model.Device.type != DeviceType.CPU || pass == BackendKind.AsOnGpu ? new FlatParameters(Parameters) : null;
        Pass = ComputeBackends.CreateTraining(model, pass, Flat);
        Evaluator = CreateEvaluator(model, Pass);
        Optimizer = spec.OptimizerName switch
        {
            OptimizerName.Adafactor => new Adafactor(Parameters),
            _ => new AdamW(Parameters, Flat),
        };
    }

    public RunSpec Spec { get; }

    public TrainingData Data { get; }

    /// <summary>Where config and tokenizer came from.</summary>
    public string ModelFolder { get; }

    /// <summary>What a person should know of the weights that the run starts from, a sentence each.</summary>
    public IReadOnlyList<string> ModelRemarks { get; private init; } = [];

    public DistillationMethod Recipe { get; }

    public T5 Model { get; }

    public MethodEncoder Encoder { get; }

    public Evaluator Evaluator { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The ids of training rows that were met before, in this run or another, by <see cref="TrainingRow.Index"/>.</summary>
    internal EncodedTask?[]?[] EncodedRows { get; }

    /// <summary>The parameters in one stretch of memory, where steps are launched rather than waited for; null where each lies on its own.</summary>
    internal FlatParameters? Flat { get; }

    /// <summary>How losses and gradients are computed.</summary>
    internal ITrainingBackend Pass { get; }

    public IOptimizer Optimizer { get; }

    /// <param name="spec">Checked here.</param>
    /// <param name="home">Where datasets and models lie.</param>
    /// <param name="pass">How steps are computed; changes speed, not results beyond rounding.</param>
    /// <param name="shelf">Holds what earlier runs have read and tokenised; null for nothing.</param>
    /// <exception cref="InputException">Settings, data or model are not fit to train; every problem of the settings at once.</exception>
    public static TrainingSession Open(RunSpec spec, StudioHome home, BackendKind pass = BackendKind.Auto, TokenizedDataCache? shelf = null)
    {
        shelf ??= new TokenizedDataCache();
        RunSpecRules.Require(spec);
        Device device = Devices.Resolve(spec.Device);
        set_num_threads(spec.Threads ?? DefaultThreads.Value); // another run of this process may have set its own

        DistillationMethod recipe = DistillationMethod.Create(spec.Method, spec.Alpha);
        Dataset dataset = shelf.Load(spec, home);
        TrainingData data = TrainingData.Select(dataset, new DataSelection(spec.LabelSource == LabelSource.Llm, spec.Teacher, spec.Subsample, spec.Seed, spec.KeepBlankLabels));
        string folder = ModelLocator.Find(spec.FromPretrained, home);
        T5Tokenizer tokenizer = HuggingFaceFolder.LoadTokenizer(folder);
        var remarks = new List<string>();
        T5 model = LoadModel(spec, folder, device, remarks.Add);
        return new(spec, data, folder, tokenizer, recipe, model, pass, shelf.EncodedRows(dataset, spec, recipe, tokenizer)) { ModelRemarks = remarks };
    }

    /// <summary>Judges these weights as the run's own.</summary>
    public Evaluator CreateEvaluator(T5 model) => CreateEvaluator(model, null);

    /// <summary>A second model on the run's device, with the weights of a Hugging Face folder.</summary>
    public T5 LoadWeights(string folder) => Place(HuggingFaceFolder.Load(folder, Model.Precision), Model.Device);

    /// <summary>The rows that an evaluation looks at: all, or the first <c>--eval-limit</c>.</summary>
    public IReadOnlyList<TrainingRow> Limit(IReadOnlyList<TrainingRow> rows) =>
        Spec.EvalLimit is { } limit && limit < rows.Count ? [.. rows.Take(limit)] : rows;

    public void Dispose()
    {
        Optimizer.Dispose();
        Pass.Dispose();
        Model.Dispose();
        Flat?.Dispose();
    }

    private Evaluator CreateEvaluator(T5 model, ITrainingBackend? pass) =>
        new(model, _tokenizer, Recipe, Data.Task, new EvaluationOptions(Spec.BatchSize, Spec.MaxInputLength, Spec.GenMaxLen)) { Pass = pass };

    private static T5 LoadModel(RunSpec spec, string folder, Device device, Action<string> remark)
    {
        Precision precision = PrecisionExtensions.Choose(spec.Bf16, device);
        if (spec.Init == ModelInit.Pretrained)
        {
            return Place(HuggingFaceFolder.Load(folder, precision, remark), device);
        }

        FolderContent content = HuggingFaceFolder.Inspect(folder);
        if (content.WeightsFile is { } file)
        {
            remark($"The run starts from random weights, as its settings say; those in {file} are not used.");
        }

        var model = new T5(content.Config ?? HuggingFaceFolder.ReadConfig(folder), precision);
        model.InitializeWeights(spec.Seed);
        return Place(model, device);
    }

    /// <summary>Before any optimiser: TorchSharp keys its state by handles that a move changes.</summary>
    private static T5 Place(T5 model, Device device)
    {
        model.to(device);
        return model;
    }
}
