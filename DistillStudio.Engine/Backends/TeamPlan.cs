using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Engine.Backends;

/// <summary>Division of the threads among independent rows, chosen from the work. Affects speed, not results.</summary>
/// <param name="Teams">Number of teams, each with rows of its own; at least 1.</param>
/// <param name="Size">Threads per team; at least 1.</param>
internal readonly record struct TeamPlan(int Teams, int Size)
{
    /// <summary>
    /// Fewest rows of a team: every team reads all weights for each token, which takes about as long as computing this many rows.
    /// </summary>
    private const int RowsPerTeam = 32;

    /// <summary>The same if the weights fit into a core's cache.</summary>
    private const int RowsPerTeamInCache = 16;

    /// <summary>Weights of a decoder that fit into a core's cache (a quarter of a megabyte to two).</summary>
    private const double WeightsInCache = 250_000;

    /// <summary>
    /// Fewest floating-point operations of a thread between two points where the team's threads meet, about 10 µs: below that, more
    /// threads take longer.
    /// </summary>
    private const double FlopsBetweenMeetings = 1e6;

    private const int MeetingsPerBlock = 12;

    /// <summary>Most bytes of keys and values that are cached beyond those of one batch.</summary>
    private const long MostCached = 256L << 20;

    /// <param name="config">Shape of the model.</param>
    /// <param name="rows">Rows decoded at a time; at least 1.</param>
    /// <param name="available">Threads to divide; null for those of the calling thread's parallel team.</param>
    internal static TeamPlan OfDecoding(T5Config config, int rows, int? available = null)
    {
        int threads = available ?? ParallelTeam.Size;
        double flopsPerRow = new ModelFlops(config).OfGeneration(0, 1); // two per weight
        int teams = Math.Clamp(rows / (flopsPerRow < 2 * WeightsInCache ? RowsPerTeamInCache : RowsPerTeam), 1, threads);
        double flops = flopsPerRow * rows / teams / (MeetingsPerBlock * config.NumDecoderLayers);
        return new(teams, (int)Math.Clamp(flops / FlopsBetweenMeetings, 1, threads / teams));
    }

    /// <summary>Returns how many rows are decoded at a time: one batch, or one for each thread if their caches are small.</summary>
    /// <param name="config">Shape of the model.</param>
    /// <param name="precision">Format of keys and values.</param>
    /// <param name="tokens">Tokens of the longest input and the longest output.</param>
    /// <param name="batchSize">Rows of a batch.</param>
    /// <param name="threads">As above.</param>
    /// <returns>A multiple of <paramref name="batchSize"/>.</returns>
    internal static int RowsAtATime(T5Config config, Precision precision, int tokens, int batchSize, int? threads = null)
    {
        long row = CacheOfRow(config, precision, tokens);
        return batchSize * (int)Math.Clamp(MostCached / row / batchSize, 1, threads ?? ParallelTeam.Size);
    }

    /// <summary>Returns the bytes of the keys and values of the rows decoded at a time.</summary>
    /// <inheritdoc cref="RowsAtATime"/>
    internal static double CacheOf(T5Config config, Precision precision, int tokens, int batchSize, int threads) =>
        (double)RowsAtATime(config, precision, tokens, batchSize, threads) * CacheOfRow(config, precision, tokens);

    private static long CacheOfRow(T5Config config, Precision precision, int tokens)
    {
        long number = precision == Precision.BFloat16 ? sizeof(ushort) : sizeof(float);
        return 2L * config.NumDecoderLayers * config.InnerSize * number * Math.Max(1, tokens);
    }

    /// <summary>For beam search, which libtorch computes on the CPU: its operations are too small for many threads.</summary>
    /// <param name="rows">Rows of the cache: inputs times beams.</param>
    /// <param name="available">As above.</param>
    internal static TeamPlan OfBeams(int rows, int? available = null)
    {
        int threads = available ?? ParallelTeam.Size;
        int teams = Math.Clamp(rows / RowsPerTeamInCache, 1, threads);
        return new(teams, threads / teams);
    }

    /// <summary>For losses without gradients, which one team computes for each part of a batch.</summary>
    /// <param name="parts">Parts of the batch, each large enough to be worth reading all weights; at least 1.</param>
    /// <param name="available">As above.</param>
    internal static TeamPlan OfLosses(int parts, int? available = null)
    {
        int threads = available ?? ParallelTeam.Size;
        int teams = Math.Clamp(parts, 1, threads);
        return new(teams, threads / teams);
    }

    /// <summary>Gives each team consecutive rows: <see cref="ParallelTeams"/>.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="usesLibtorch">Whether libtorch does most of the work.</param>
    /// <param name="body">Receives the first row and the number of rows of a team.</param>
    /// <param name="cancellation">As for <see cref="ParallelTeams"/>.</param>
    internal void Run(int rows, bool usesLibtorch, Action<int, int, CancellationToken> body, CancellationToken cancellation)
    {
        int groups = Math.Min(Teams, rows);
        int Start(int group) => (int)((long)group * rows / groups);
        ParallelTeams.Run(
            Teams, Size, usesLibtorch, groups, (group, stop) => body(Start(group), Start(group + 1) - Start(group), stop), cancellation);
    }
}
