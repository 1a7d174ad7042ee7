namespace DistillStudio.Commands;

/// <summary>Work on tensors belongs to one thread from its beginning to its end: scopes and grad mode are kept per thread.</summary>
internal static class DedicatedThread
{
    public static Task<T> RunAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
