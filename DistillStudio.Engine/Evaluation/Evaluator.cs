using System.Diagnostics;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Evaluation;

/// <summary>Output of the student for one row.</summary>
/// <param name="Row">Index among the evaluated rows.</param>
/// <param name="Rationale">Null if it was not requested, or the method generates none.</param>
/// <param name="LabelLogProbability">Log probability that the model gives this label with its end token, in nats; given the rationale
/// before it if both are one text. Null if the text holds no label, and in beam search.</param>
public sealed record Answer(
    int Row, string Label, string? Rationale, bool IsCorrect, bool IsLabelTruncated, bool IsRationaleTruncated,
    double? LabelLogProbability = null);

/// <summary>Result of evaluating a set of weights on some rows.</summary>
/// <param name="LabelLoss">Mean cross-entropy per token of the true labels, in nats.</param>
/// <param name="RationaleLoss">Mean cross-entropy per token of the teacher's rationales, in nats; null if the method or the rows have
/// none.</param>
/// <param name="Loss">The method's weighted sum of losses.</param>
public sealed record EvaluationResult(IReadOnlyList<Answer> Answers, double LabelLoss, double? RationaleLoss, double Loss, double Seconds)
{
    public int Rows => Answers.Count;

    public int Correct => Answers.Count(a => a.IsCorrect);

    public double Accuracy => (double)Correct / Rows;
}

/// <summary>
/// Evaluates a model on rows with the truth as label. Runs on the caller's thread, without gradients and without dropout.
/// </summary>
public sealed class Evaluator(T5 model, T5Tokenizer tokenizer, DistillationMethod method, TaskKind task, EvaluationOptions options)
{
    /// <summary>
    /// An existing compute backend for the losses, such as that of the training steps, whose memory is reused; null to create one.
    /// </summary>
    internal ITrainingBackend? Pass { get; init; }

    /// <summary>Kind of the backend.</summary>
    internal BackendKind Kind { get; init; }

    /// <summary>Division of the threads for the losses, for tests; null to choose it from the work.</summary>
    internal TeamPlan? Teams { get; init; }

    private readonly MethodEncoder _encoder = new(method, tokenizer, options.MaxInputLength);

    /// <param name="rows">At least one.</param>
    /// <param name="wantsRationale">Returns true for the row indices for which a rationale is also generated.</param>
    /// <param name="stop">Checked between batches.</param>
    /// <param name="progress">Receives the completed and total batches, first with none completed, then after each batch; null for
    /// none.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public EvaluationResult Evaluate(
        IReadOnlyList<TrainingRow> rows, Func<int, bool> wantsRationale, CancellationToken stop, Action<int, int>? progress = null)
    {
        long start = Stopwatch.GetTimestamp();
        EncodedTask?[][] encoded = [.. rows.Select(r => _encoder.EncodeTruth(r))];
        int[] explained =
            method.RationaleStream is { Target: TargetKind.Rationale } ? [.. Enumerable.Range(0, rows.Count).Where(wantsRationale)] : [];
        Action batchDone = Count(encoded, explained.Length, progress);
        TaskLosses losses = MeanLosses(encoded, batchDone, stop);
        IReadOnlyList<Answer> answers = Answer(rows, explained, batchDone, stop);
        return new(answers, losses.Label, losses.Rationale, losses.Objective, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Counts the batches of an evaluation: of each stream's losses, of the labels and of the rationales.</summary>
    /// <returns>An action to call after each batch.</returns>
    private Action Count(EncodedTask?[][] encoded, int explained, Action<int, int>? progress)
    {
        int Batches(int rows) => (rows + options.BatchSize - 1) / options.BatchSize;

        int done = 0;
        int total = Enumerable.Range(0, method.Streams.Count).Sum(stream => Batches(encoded.Count(row => row[stream] is not null)))
            + Batches(encoded.Length) + Batches(explained);
        progress?.Invoke(0, total);
        return () => progress?.Invoke(++done, total);
    }

    private TaskLosses MeanLosses(EncodedTask?[][] encoded, Action batchDone, CancellationToken stop)
    {
        var sum = new TaskLossSum(method);
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var losses = new EvaluationLosses(model, Pass, Kind, Teams);
            for (int stream = 0; stream < method.Streams.Count; stream++)
            {
                EncodedTask[] tasks = [.. encoded.Select(e => e[stream]).OfType<EncodedTask>().OrderBy(t => t.Tokens.Count)];
                foreach (EncodedTask[] batch in tasks.Chunk(options.BatchSize))
                {
                    stop.ThrowIfCancellationRequested();
                    PackedRow[] packed = [.. batch.Select((task, row) => new PackedRow(task.Tokens, stream, 0, (uint)row))];
                    sum.Add(stream, losses.Of(packed, stop), batch);
                    batchDone();
                }
            }
        }
        finally
        {
            model.train(wasTraining);
        }

        return sum.Mean();
    }

    private Answer[] Answer(IReadOnlyList<TrainingRow> rows, int[] explained, Action batchDone, CancellationToken stop)
    {
        IReadOnlyList<GeneratedIds> labels = Write(method.LabelStream, rows, isScored: true, batchDone, stop);
        Dictionary<int, GeneratedIds> rationales = WriteRationales(rows, explained, batchDone, stop);
        var answers = new Answer[rows.Count];
        for (int row = 0; row < rows.Count; row++)
        {
            string text = tokenizer.Decode([.. labels[row].Ids]);
            (string label, string? rationale) = method.ReadLabel(text);
            rationales.TryGetValue(row, out GeneratedIds? written);
            bool isCorrect = AnswerJudge.IsCorrect(task, label, tokenizer.Decode(tokenizer.Encode(rows[row].Truth)));
            answers[row] = new(
                row,
                label,
                written is null ? rationale : tokenizer.Decode([.. written.Ids]),
                isCorrect,
                labels[row].IsTruncated,
                written?.IsTruncated ?? (rationale is not null && labels[row].IsTruncated),
                LabelScore.Of(labels[row], method.FindLabel(text), ids => method.FindLabel(tokenizer.Decode(ids))));
        }

        return answers;
    }

    /// <summary>Generates rationales by row index; empty if the method generates the rationale with the label or not at all.</summary>
    private Dictionary<int, GeneratedIds> WriteRationales(
        IReadOnlyList<TrainingRow> rows, int[] explained, Action batchDone, CancellationToken stop)
    {
        if (explained.Length == 0)
        {
            return [];
        }

        IReadOnlyList<GeneratedIds> written = Write(
            method.RationaleStream!, [.. explained.Select(i => rows[i])], isScored: false, batchDone, stop);
        return explained.Zip(written).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private IReadOnlyList<GeneratedIds> Write(
        TaskStream stream, IReadOnlyList<TrainingRow> rows, bool isScored, Action batchDone, CancellationToken stop) =>
        SequenceGenerator.Generate(
            model,
            [.. rows.Select(r => _encoder.EncodeInput(stream, r.Input))],
            new GenerationOptions
            {
                MaxNewTokens = options.GenMaxLen,
                Beams = options.Beams,
                BatchSize = options.BatchSize,
                IsScored = isScored,
                BatchDone = batchDone,
            },
            stop);
}

/// <param name="BatchSize">Number of rows per batch; affects speed and memory, not results.</param>
/// <param name="MaxInputLength">Maximum tokens of an input.</param>
/// <param name="GenMaxLen">Maximum tokens of an answer.</param>
/// <param name="Beams">1 for greedy search; with more, answers have no log probabilities.</param>
public sealed record EvaluationOptions(int BatchSize, int MaxInputLength, int GenMaxLen, int Beams = 1);
