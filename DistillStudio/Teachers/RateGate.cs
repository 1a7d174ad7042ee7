namespace DistillStudio.Teachers;

/// <summary>
/// Keeps requests and tokens within their limits per minute, evenly spread, and holds all requests back while the provider asks for it.
/// Thread-safe.
/// </summary>
internal sealed class RateGate(TimeProvider time, int? requestsPerMinute, int? tokensPerMinute)
{
    private readonly Lock _gate = new();
    private DateTimeOffset _next; // when the next request may start
    private DateTimeOffset _closedUntil;

    /// <summary>Waits until a request of this many tokens may start.</summary>
    public async Task EnterAsync(int tokens, CancellationToken cancellationToken)
    {
        TimeSpan wait = Reserve(tokens);
        while (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken);
            lock (_gate)
            {
                wait = _closedUntil - time.GetUtcNow(); // closed meanwhile
            }
        }
    }

    /// <summary>Holds back further requests of all workers for a while, since the limit is the account's.</summary>
    public void CloseFor(TimeSpan pause)
    {
        lock (_gate)
        {
            DateTimeOffset until = time.GetUtcNow() + pause;
            _closedUntil = until > _closedUntil ? until : _closedUntil;
        }
    }

    private TimeSpan Reserve(int tokens)
    {
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            DateTimeOffset start = _next > now ? _next : now;
            double minutes = Math.Max(requestsPerMinute is { } requests ? 1.0 / requests : 0,
                tokensPerMinute is { } most ? (double)tokens / most : 0);
            _next = start + TimeSpan.FromMinutes(minutes);
            return (start > _closedUntil ? start : _closedUntil) - now;
        }
    }
}
