using System.Text.Json;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Options for opening a trained model; null values default to those of its training, or else to the paper's.</summary>
/// <param name="Device">Device, as in <see cref="RunSpec.Device"/>.</param>
/// <param name="Threads">CPU threads; null for one per core.</param>
/// <param name="Bf16">Precision, as in <see cref="RunSpec.Bf16"/>.</param>
/// <param name="Method">The method, which determines the prompts.</param>
/// <param name="MaxInputLength">Maximum tokens of an input.</param>
/// <param name="GenMaxLen">Maximum tokens of an answer.</param>
/// <param name="Beams">1 for greedy search.</param>
public sealed record StudentOptions(
    string Device = "auto", int? Threads = null, bool? Bf16 = null, string? Method = null, int? MaxInputLength = null,
    int? GenMaxLen = null, int Beams = 1);

/// <summary>Output of a student for one input.</summary>
/// <param name="Rationale">Null if it was not requested, or the method generates none.</param>
public sealed record StudentAnswer(string Label, string? Rationale, bool IsLabelTruncated, bool IsRationaleTruncated);

/// <summary>A trained model with its tokenizer and training method. Open, use and dispose it on one thread.</summary>
public sealed class Student : IDisposable
{
    private readonly T5 _model;
    private readonly T5Tokenizer _tokenizer;
    private readonly MethodEncoder _encoder;
    private readonly int _maxInputLength;
    private readonly int _genMaxLen;
    private readonly int _beams;

    private Student(
        T5 model, T5Tokenizer tokenizer, DistillationMethod method, RunSpec? spec, int maxInputLength, int genMaxLen, int beams)
    {
        _model = model;
        _tokenizer = tokenizer;
        _encoder = new MethodEncoder(method, tokenizer, maxInputLength);
        _maxInputLength = maxInputLength;
        _genMaxLen = genMaxLen;
        _beams = beams;
        Method = method;
        Spec = spec;
    }

    public DistillationMethod Method { get; }

    /// <summary>The settings used for training; null for a model from elsewhere.</summary>
    public RunSpec? Spec { get; }

    /// <summary>Remarks about the weights for the user, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; private init; } = [];

    public string Device => _model.Device.ToString();

    /// <param name="folder">A Hugging Face folder; contains a <c>spec.json</c> if this program exported it.</param>
    /// <param name="options">Overrides of the training settings.</param>
    /// <param name="graphs">The home, to generate with CUDA graphs on a GPU: worth their trial and recording for many rows; null for
    /// none.</param>
    /// <exception cref="InputException">The folder, its weights, tokenizer or settings are not usable, or the device is not
    /// available.</exception>
    public static Student Open(string folder, StudentOptions options, StudioHome? graphs = null) =>
        GpuThread.Open(() => OpenHere(folder, options, graphs));

    private static Student OpenHere(string folder, StudentOptions options, StudioHome? graphs)
    {
        RunSpec? spec = ReadSpec(folder);
        Device device = Devices.Resolve(options.Device);
        if (options.Threads is { } threads)
        {
            set_num_threads(threads);
        }

        T5Tokenizer tokenizer = HuggingFaceFolder.LoadTokenizer(folder);
        var remarks = new List<string>();
        ICudaGraphs? recorder = graphs is null
            ? null
            : GraphSupport.Open(device, graphs, wantsGraphs: true, wantsKernels: false, remarks.Add, forBeams: options.Beams > 1).Graphs;
        T5 model = HuggingFaceFolder.Load(folder, PrecisionExtensions.Choose(options.Bf16 ?? spec?.Bf16, device), remarks.Add);
        model.to(device);
        model.eval();
        if (recorder is not null)
        {
            ModelGraphs.Attach(model, recorder);
        }

        string name = options.Method ?? spec?.Method ?? MethodNames.Standard;
        DistillationMethod method = spec is not null && name == spec.Method
            ? spec.CreateMethod(spec.Teachers)
            : DistillationMethod.Create(name, spec?.Alpha ?? 0.5);
        return new(
            model, tokenizer, method, spec, options.MaxInputLength ?? spec?.MaxInputLength ?? 1024,
            options.GenMaxLen ?? spec?.GenMaxLen ?? 64, options.Beams)
        { Remarks = remarks };
    }

    /// <summary>Reads the settings used to train an exported model; returns null if the folder has none.</summary>
    /// <exception cref="InputException">The file exists but is not a spec.</exception>
    public static RunSpec? ReadSpec(string folder)
    {
        string path = Path.Combine(folder, HuggingFaceFolder.SettingsName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            RunSpec spec = PlainFile.ReadJson<RunSpec>(path, RunFolder.MaxSpecBytes, EngineJson.Spec);
            return MethodNames.All.Contains(spec.Method) ? spec : throw new JsonException("it names no method");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            string why = e is JsonException json ? JsonFailure.Describe(json) : e.Message.TrimEnd('.');
            throw new InputException($"{path} does not state how the model was trained ({why}); export the model again, or remove the file "
                + $"and give --model_type.", e);
        }
    }

    /// <summary>Generates answers to inputs in the dataset's format, without task prefix.</summary>
    /// <param name="inputs">Any number of inputs.</param>
    /// <param name="wantsRationale">Generates a rationale too, if the method has one.</param>
    /// <param name="stop">Checked between tokens.</param>
    /// <returns>One answer per input.</returns>
    public IReadOnlyList<StudentAnswer> Predict(IReadOnlyList<string> inputs, bool wantsRationale, CancellationToken stop)
    {
        IReadOnlyList<GeneratedIds> labels = Write(Method.LabelStream, inputs, stop);
        IReadOnlyList<GeneratedIds>? rationales = wantsRationale && Method.RationaleStream is { Target: TargetKind.Rationale } stream
            ? Write(stream, inputs, stop)
            : null;
        return [.. labels.Select((written, i) => Read(written, rationales?[i], wantsRationale))];
    }

    /// <summary>Returns a sentence on the inputs that are longer than the model reads; null if there are none.</summary>
    public string? LengthRemark(IReadOnlyList<string> inputs) =>
        LongInputs.Remark([.. inputs.Select(input => _encoder.InputLength(Method.LabelStream, input))], _maxInputLength);

    /// <summary>Evaluates the model on rows of a task.</summary>
    /// <param name="task">Determines how answers are judged.</param>
    /// <param name="rows">At least one.</param>
    /// <param name="batchSize">Number of rows per batch.</param>
    /// <param name="stop">Checked between batches.</param>
    public EvaluationResult Evaluate(TaskKind task, IReadOnlyList<TrainingRow> rows, int batchSize, CancellationToken stop) =>
        new Evaluator(_model, _tokenizer, Method, task, new EvaluationOptions(batchSize, _maxInputLength, _genMaxLen, _beams))
            .Evaluate(rows, _ => false, stop);

    /// <summary>Returns a sentence for each fall-back of graphs since the last call.</summary>
    public IReadOnlyList<string> TakeNotices() => [.. ModelGraphs.Of(_model)?.TakeNotices() ?? []];

    public void Dispose()
    {
        _model.Dispose();
        GpuThread.Leave();
    }

    private StudentAnswer Read(GeneratedIds written, GeneratedIds? rationale, bool wantsRationale)
    {
        (string label, string? before) = Method.ReadLabel(_tokenizer.Decode([.. written.Ids]));
        return rationale is null
            ? new(label, wantsRationale ? before : null, written.IsTruncated, before is not null && written.IsTruncated)
            : new(label, _tokenizer.Decode([.. rationale.Ids]), written.IsTruncated, rationale.IsTruncated);
    }

    private IReadOnlyList<GeneratedIds> Write(TaskStream stream, IReadOnlyList<string> inputs, CancellationToken stop) =>
        SequenceGenerator.Generate(
            _model,
            [.. inputs.Select(input => _encoder.EncodeInput(stream, input))],
            new GenerationOptions { MaxNewTokens = _genMaxLen, Beams = _beams },
            stop);
}
