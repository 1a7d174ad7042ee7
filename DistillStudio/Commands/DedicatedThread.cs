namespace DistillStudio.Commands;

/// <summary>Runs tensor work on one dedicated thread from start to end: dispose scopes and grad mode are thread-local.</summary>
internal static class DedicatedThread
{
    public static Task<T> RunAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
