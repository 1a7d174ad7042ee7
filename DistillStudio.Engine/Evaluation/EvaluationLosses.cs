using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Cpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;
using TorchSharp;

namespace DistillStudio.Engine.Evaluation;

/// <summary>
/// Computes the losses of an evaluation, batch by batch. On a CPU of many cores a batch consists of parts of few tokens, which parallel
/// teams compute at a time; the parts do not depend on the number of teams.
/// </summary>
/// <param name="model">The model in eval mode; its weights must not change until disposed.</param>
/// <param name="pass">An existing compute backend, whose memory is reused where there is one team; null to create one.</param>
/// <param name="kind">Kind of the backend.</param>
/// <param name="teams">Division of the threads, for tests; null to choose it from the work.</param>
internal sealed class EvaluationLosses(T5 model, ITrainingBackend? pass, BackendKind kind, TeamPlan? teams) : IDisposable
{
    /// <summary>
    /// Fewest tokens for which a team reads all weights: reading them takes about as long as computing 32. Few enough for a usual batch to
    /// have work for many teams.
    /// </summary>
    private const int TokensOfPart = 512;

    /// <summary>Most threads that one team keeps busy with whole batches: with two, the parts took 4 % longer.</summary>
    private const int FewThreads = 4;

    private readonly bool _isDivisible =
        ComputeBackends.AreLossesDivisible(model, kind) && (teams is not null || ParallelTeam.Size > FewThreads);

    private ITrainingBackend? _own;
    private ILosses? _shared;

    /// <param name="rows">Rows of a batch; at least one.</param>
    /// <param name="stop">Checked between parts.</param>
    /// <returns>Each target token's loss in nats, row after row.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    internal float[] Of(PackedRow[] rows, CancellationToken stop)
    {
        PackedBatch[] parts =
            [.. (_isDivisible ? Divide(rows) : [rows]).Select(part => new PackedBatch(part, model.Config.DecoderStartTokenId))];
        TeamPlan plan = _isDivisible ? teams ?? TeamPlan.OfLosses(parts.Length) : new(1, 1);
        float[][] losses = new float[parts.Length][];
        if (plan.Teams == 1)
        {
            ITrainingBackend single = pass ?? (_own ??= ComputeBackends.CreateTraining(model, kind));
            for (int part = 0; part < parts.Length; part++)
            {
                stop.ThrowIfCancellationRequested();
                losses[part] = single.Losses(parts[part]);
            }
        }
        else
        {
            ILosses shared = _shared ??= ComputeBackends.CreateLosses(model, kind);
            ParallelTeams.Run(
                plan.Teams, plan.Size, usesLibtorch: true, parts.Length, (part, _) => losses[part] = shared.Losses(parts[part]), stop);
        }

        return [.. losses.SelectMany(some => some)];
    }

    /// <summary>
    /// Estimates the memory that parallel teams take on a CPU beyond a training's, in bytes. One team uses the training's own.
    /// </summary>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="precision">Precision of products.</param>
    /// <param name="tokens">Tokens of a batch.</param>
    /// <param name="threads">Threads to divide.</param>
    internal static long TeamBytes(T5Config config, Precision precision, StepTokens tokens, int threads)
    {
        long all = Math.Max(1, tokens.Inputs + tokens.Targets);
        long parts = threads > FewThreads ? (all + TokensOfPart - 1) / TokensOfPart : 1;
        TeamPlan plan = TeamPlan.OfLosses((int)Math.Min(parts, threads), threads);
        if (plan.Teams == 1 || !ComputeBackends.UsesCpuBackend(config, DeviceType.CPU))
        {
            return 0;
        }

        // A part ends with the row that fills it.
        double share = Math.Min(1, (TokensOfPart / (double)all) + (1.0 / Math.Max(1, tokens.Sequences)));
        StepTokens part = tokens with
        {
            Sequences = (int)Math.Ceiling(tokens.Sequences * share),
            Inputs = (long)Math.Ceiling(tokens.Inputs * share),
            Targets = (long)Math.Ceiling(tokens.Targets * share),
        };
        return plan.Teams * ArenaPlan.OfLosses(config, precision, part, plan.Size);
    }

    public void Dispose()
    {
        _shared?.Dispose();
        _own?.Dispose();
    }

    /// <summary>Divides rows into parts of consecutive ones, which end with the row that makes them large enough.</summary>
    private static IEnumerable<PackedRow[]> Divide(PackedRow[] rows)
    {
        int start = 0;
        int tokens = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            tokens += rows[row].Tokens.Count;
            if (tokens >= TokensOfPart || row == rows.Length - 1)
            {
                yield return rows[start..(row + 1)];
                (start, tokens) = (row + 1, 0);
            }
        }
    }
}
