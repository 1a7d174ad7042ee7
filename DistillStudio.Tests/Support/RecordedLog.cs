using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DistillStudio.Tests.Support;

/// <summary>Keeps log entries, each as its level, its sentence and the exception.</summary>
internal class RecordedLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _entries = [];

    public IReadOnlyCollection<string> Entries => _entries;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

    public void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>The log of one class.</summary>
internal sealed class RecordedLog<T> : RecordedLog, ILogger<T>;
