using System.Text.Json.Serialization;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Models;

/// <summary>The estimated peak memory of training a model.</summary>
/// <param name="BatchSize">Rows per batch.</param>
public sealed record MemoryAtBatch(int BatchSize, long Bytes);

/// <summary>The facts about a model's folder: the output of <c>models show</c>, and its page.</summary>
/// <param name="Model">Absolute path of the folder.</param>
/// <param name="TokenizerSize">Number of pieces and extra ids; null if there is no tokenizer.</param>
/// <param name="Weights">The weights file; null if there is none.</param>
/// <param name="Remarks">Notes on the weights, one sentence each.</param>
/// <param name="TrainedWith">The settings of the run that trained the model; null if it was not trained by a run.</param>
public sealed record ModelReport(
    string Model, T5Config Shape, long Parameters, bool IsTied, int? TokenizerSize, string? Weights, IReadOnlyList<string> Remarks,
    RunSpec? TrainedWith)
{
    /// <summary>Tokens of an input for which memory is estimated.</summary>
    public const int InputTokens = 128;

    /// <summary>Tokens of a label, and of a rationale, for which memory is estimated.</summary>
    public const int TargetTokens = 64;

    private const int Streams = 2;

    private static readonly int[] BatchSizes = [1, 8, 16, 32, 64];

    /// <summary>Bytes of the folder's files.</summary>
    public long Bytes { get; private init; }

    /// <summary>The licence that the model's card names; null if it names none.</summary>
    public string? Licence { get; private init; }

    /// <summary>Origin of the model; null if it was put there by hand.</summary>
    [JsonIgnore]
    public ModelOrigin? Origin { get; private init; }

    /// <summary>Origin of the model with its revision and commit there; null if it was put there by hand.</summary>
    public string? Source => Origin?.Source;

    public string? Revision => Origin?.Revision;

    public string? Commit => Origin?.Commit;

    /// <summary>Peak memory of step-by-step training on this machine, with inputs and targets of the usual lengths.</summary>
    public IReadOnlyList<MemoryAtBatch> Memory { get; private init; } = [];

    /// <summary>Conditions for which <see cref="Memory"/> is estimated.</summary>
    public static string MemoryFor =>
        $"step-by-step with AdamW on this machine, {InputTokens} input tokens and {TargetTokens} tokens per label and per rationale";

    /// <exception cref="Engine.Runtime.InputException">The folder holds no usable model.</exception>
    public static ModelReport Of(string folder)
    {
        folder = Path.GetFullPath(folder);
        ModelInfo info = HuggingFaceFolder.Describe(folder);
        return new(
            folder, info.Config, info.Parameters, info.IsTied, info.TokenizerSize, info.WeightsFile, info.Remarks, Student.ReadSpec(folder))
        {
            Bytes = BytesOf(folder),
            Licence = ModelCard.LicenceIn(folder),
            Origin = ModelOrigin.Read(folder),
            Memory = [.. BatchSizes.Select(size => new MemoryAtBatch(size, MemoryOf(info.Config, size)))],
        };
    }

    /// <summary>Returns the bytes of a folder's files, links followed.</summary>
    public static long BytesOf(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(path =>
    {
        try
        {
            using FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return file.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    });

    private static long MemoryOf(T5Config config, int batchSize) => RunMemory.Bytes(
        config,
        RunDefaults.Paper with { BatchSize = batchSize },
        new StepTokens(
            batchSize * Streams, (long)batchSize * Streams * InputTokens, (long)batchSize * Streams * TargetTokens, InputTokens,
            TargetTokens));
}
