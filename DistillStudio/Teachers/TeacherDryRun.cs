using System.Diagnostics;
using System.Text.Json.Serialization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>One row of a dry run.</summary>
/// <param name="Prompt">The prompt as one text.</param>
/// <param name="Answer">The raw completion; empty if the row failed.</param>
/// <param name="Problem">Why there is no answer; null if there is one.</param>
public sealed record DryRow(
    int Row, string Prompt, string Answer, string? Finish, bool IsParsed, string Rationale, string Label, string Truth, bool Agrees,
        int PromptTokens, int CompletionTokens, double Seconds, string? Problem);

/// <summary>Estimate for the whole job, extrapolated from a dry run.</summary>
/// <param name="Cost">Null if no price is known.</param>
public sealed record JobEstimate(int Rows, long Requests, long PromptTokens, long CompletionTokens, double Seconds, double? Cost);

/// <param name="Estimate">Null if no row was answered.</param>
public sealed record DryRun(string Event, string Dataset, string Split, string Template, IReadOnlyList<DryRow> Rows, JobEstimate? Estimate)
{
    /// <summary>What keeps every row from having a label, as a sentence; null if a row has one.</summary>
    [JsonIgnore]
    public string? Trouble => Rows.Any(row => row.IsParsed) ? null
        : Rows.FirstOrDefault(row => row.Problem is null) is null ? Rows[0].Problem
        : TeacherStateText.NothingRead;
}

/// <summary>Asks about a few rows without recording anything.</summary>
internal static class TeacherDryRun
{
    public const int MostRows = 10;

    private const int AtATime = 4;

    /// <summary>Fewer than in a job: the user is waiting for the result.</summary>
    private const int MostRetries = 1;

    /// <exception cref="InputException">The data or the key cannot be used.</exception>
    /// <exception cref="ProviderException">The provider refuses every request.</exception>
    public static async Task<DryRun> RunAsync(TeacherJobSpec spec, CancellationToken stop)
    {
        TeacherRows rows = TeacherRows.Load(spec.Require(isTrial: true));
        spec = spec with { Limits = spec.Limits with { Retries = Math.Min(spec.Limits.Retries, MostRetries) } };
        int[] drawn = [.. new SeededRandom((ulong)spec.Seed).Permutation(rows.Indices.Count).Take(MostRows).Order().Select(i =>
            rows.Indices[i])];
        using var endpoint = new TeacherEndpoint(spec, new RateGate(TimeProvider.System, null, null)) { GoOn = ProviderException.TryAgain };
        var results = new DryRow[drawn.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(AtATime, spec.Limits.Concurrency), CancellationToken = stop };
        await Parallel.ForAsync(0, drawn.Length, options, async (i, token) => results[i] = await AskAsync(rows, drawn[i], endpoint, token));
        return new("dry_run", spec.Dataset, spec.Split, spec.Template.Id, results,
            Estimate(rows, [.. results.Where(r => r.Problem is null)]));
    }

    private static async Task<DryRow> AskAsync(TeacherRows rows, int row, TeacherEndpoint endpoint, CancellationToken stop)
    {
        var prompt = rows.PromptOf(row);
        string text = prompt.AsText();
        long start = Stopwatch.GetTimestamp();
        try
        {
            TeacherReply reply = await endpoint.AskAsync(prompt, stop);
            var completion = new TeacherCompletion(row, 0, reply.Text, reply.Finish, 0, 0, 1, 0, default);
            CompletionReading reading = MajorityVote.Read(rows, row, completion);
            return new(
                row, text, reply.Text, reply.Finish, reading.IsReadable, reading.Answer.Rationale, reading.Answer.Label,
                    rows.All[row].Label,
                reading.IsReadable && rows.Agrees(row, reading.Answer.Label), reply.PromptTokens ?? TokenCounter.Count(text),
                    reply.CompletionTokens ?? TokenCounter.Count(reply.Text),
                Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3), null);
        }
        catch (ProviderException e) when (!e.IsFatal)
        {
            return new(row, text, "", null, false, "", "", rows.All[row].Label, false, 0, 0,
                Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3), e.Message);
        }
    }

    private static JobEstimate? Estimate(TeacherRows rows, DryRow[] answered)
    {
        if (answered.Length == 0)
        {
            return null;
        }

        TeacherLimits limits = rows.Spec.Limits;
        long requests = (long)rows.Indices.Count * rows.Spec.Samples;
        long prompt = (long)(answered.Average(r => r.PromptTokens) * requests);
        long completion = (long)(answered.Average(r => r.CompletionTokens) * requests);
        double seconds = answered.Average(r => r.Seconds) * requests / limits.Concurrency;
        seconds = Math.Max(seconds, limits.Rpm is { } rpm ? requests * 60.0 / rpm : 0);
        seconds = Math.Max(seconds, limits.Tpm is { } tpm ? (prompt + completion) * 60.0 / tpm : 0);
        return new(rows.Indices.Count, requests, prompt, completion, Math.Round(seconds, 1), limits.CostOf(prompt, completion));
    }
}
