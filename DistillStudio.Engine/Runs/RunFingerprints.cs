using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// What a run was made from, as SHA-256 in lower-case hexadecimal: two runs with equal fingerprints began from the same data and the same
/// model. Null for what was not recorded.
/// </summary>
/// <param name="Dataset">The dataset's files of rows, of all splits; of its rows, if the program generates them.</param>
/// <param name="Teacher">The teacher's files; null without a teacher.</param>
/// <param name="Train">The rows trained on, by input and true label.</param>
/// <param name="Valid">The validation rows that are evaluated.</param>
/// <param name="Test">The test rows that are evaluated.</param>
/// <param name="Config">The model's shape and dropout.</param>
/// <param name="Weights">The weights before the first step, loaded or random, as float32 whatever the file's format.</param>
/// <param name="Tokenizer">The tokenizer's vocabulary and settings.</param>
public sealed record RunFingerprints(
    string? Dataset = null,
    string? Teacher = null,
    RowsFingerprint? Train = null,
    RowsFingerprint? Valid = null,
    RowsFingerprint? Test = null,
    string? Config = null,
    string? Weights = null,
    string? Tokenizer = null);
