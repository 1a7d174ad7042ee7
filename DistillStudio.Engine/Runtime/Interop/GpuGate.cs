namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>
/// Keeps waits for a whole GPU apart from recordings of graphs, which fail if another thread of the process waits for the device. A
/// recording takes a fraction of a second.
/// </summary>
internal static class GpuGate
{
    private static readonly Lock Held = new();

    /// <summary>Runs an action while no other one of the process runs here. The same thread may enter again.</summary>
    internal static void Run(Action action)
    {
        lock (Held)
        {
            action();
        }
    }
}
