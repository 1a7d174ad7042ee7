using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Teachers;

/// <summary>Totals of a job.</summary>
/// <param name="Rows">Number of queried rows.</param>
/// <param name="Answered">Number of rows with all their samples.</param>
/// <param name="Parsed">Answered rows whose label could be read.</param>
/// <param name="Agreeing">Answered rows whose label agrees with the truth.</param>
/// <param name="Truncated">Completions cut at the maximum length.</param>
/// <param name="Refused">Completions that the provider's filter withheld.</param>
/// <param name="Requests">Requests sent, including retries.</param>
/// <param name="IsEstimated">True if the provider did not report all tokens.</param>
public sealed record TeacherTotals(
    int Rows, int Answered, int Parsed, int Agreeing, int Truncated, int Refused, long Requests, long PromptTokens, long CompletionTokens,
        bool IsEstimated)
{
    /// <summary>Fraction of answered rows whose label agrees with the truth; null before there is one.</summary>
    public double? Agreement => Answered == 0 ? null : (double)Agreeing / Answered;

    public long Tokens => PromptTokens + CompletionTokens;
}

/// <summary>Counts a job's completions as they are recorded. Thread-safe.</summary>
public sealed class TeacherTally
{
    private readonly TeacherRows _rows;
    private readonly Lock _gate = new();
    private readonly HashSet<(int, int)> _known = [];
    private readonly Dictionary<int, List<TeacherCompletion>> _open = [];
    private readonly HashSet<int> _asked;
    private int _answered, _parsed, _agreeing, _truncated, _refused;
    private long _requests, _promptTokens, _completionTokens;
    private bool _isEstimated;

    /// <param name="rows">The rows of the job.</param>
    /// <param name="recorded">The completions recorded so far.</param>
    /// <param name="lostRequests">Requests of earlier attempts that led to no completion.</param>
    public TeacherTally(TeacherRows rows, IEnumerable<TeacherCompletion> recorded, long lostRequests = 0)
    {
        (_rows, _requests, _asked) = (rows, lostRequests, [.. rows.Indices]);
        foreach (TeacherCompletion completion in recorded)
        {
            Add(completion);
        }
    }

    public TeacherTotals Totals
    {
        get
        {
            lock (_gate)
            {
                return new(_rows.Indices.Count, _answered, _parsed, _agreeing, _truncated, _refused, _requests, _promptTokens,
                    _completionTokens, _isEstimated);
            }
        }
    }

    /// <summary>Largest number of tokens of one completion so far; 0 before there is one.</summary>
    public int LongestCompletion { get; private set; }

    public bool IsRecorded(int row, int sample)
    {
        lock (_gate)
        {
            return _known.Contains((row, sample));
        }
    }

    public void AddLostRequests(long requests)
    {
        lock (_gate)
        {
            _requests += requests;
        }
    }

    /// <summary>Counts a completion that is on disk; ignores those of rows that are not queried.</summary>
    public void Add(TeacherCompletion completion)
    {
        lock (_gate)
        {
            if (!_asked.Contains(completion.Row) || completion.Sample >= _rows.Spec.Samples
                || !_known.Add((completion.Row, completion.Sample)))
            {
                return;
            }

            _truncated += completion.IsTruncated ? 1 : 0;
            _refused += completion.IsRefused ? 1 : 0;
            _requests += completion.Requests;
            _promptTokens += completion.PromptTokens;
            _completionTokens += completion.CompletionTokens;
            _isEstimated |= completion.IsEstimated;
            LongestCompletion = Math.Max(LongestCompletion, completion.CompletionTokens);
            if (!_open.TryGetValue(completion.Row, out List<TeacherCompletion>? samples))
            {
                _open[completion.Row] = samples = [];
            }

            samples.Add(completion);
            if (samples.Count == _rows.Spec.Samples)
            {
                _open.Remove(completion.Row);
                CountRow(completion.Row, samples);
            }
        }
    }

    private void CountRow(int row, List<TeacherCompletion> samples)
    {
        TeacherAnswer? answer = MajorityVote.Of(_rows, row, samples) is [var first, ..] ? first.Answer : null;
        _answered++;
        _parsed += answer is null ? 0 : 1;
        _agreeing += answer is not null && _rows.Agrees(row, answer.Label) ? 1 : 0;
    }
}
