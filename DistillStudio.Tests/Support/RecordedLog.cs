using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DistillStudio.Tests.Support;

/// <summary>Keeps what is logged, each entry as its sentence and the exception's message.</summary>
internal sealed class RecordedLog<T> : ILogger<T>
{
    private readonly ConcurrentQueue<string> _entries = [];

    public IReadOnlyCollection<string> Entries => _entries;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue($"{logLevel}: {formatter(state, exception)} {exception?.Message}");
}
