using System.Diagnostics;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Cluster;

/// <summary>What a job found on its node.</summary>
/// <param name="Node">Name of the machine.</param>
/// <param name="Version">Version of this program there.</param>
/// <param name="Machine">Processor, cores and operating system.</param>
/// <param name="Processors">Number of processors that the job may use.</param>
/// <param name="LibTorch">Version of libtorch; null if it cannot be loaded.</param>
/// <param name="LibTorchProblem">Why libtorch cannot be loaded; null if it can.</param>
/// <param name="Gpus">Names of the GPUs that libtorch can use.</param>
/// <param name="HomeProblem">Why the home cannot be used; null if it can be read and written.</param>
/// <param name="WriteMilliseconds">Time to write a small file of the home safely; null if it cannot be written.</param>
public sealed record ClusterProbe(
    string Node, string Version, string Machine, int Processors, string? LibTorch, string? LibTorchProblem, IReadOnlyList<string> Gpus,
    string? HomeProblem, double? WriteMilliseconds)
{
    private const int Writes = 5;

    /// <summary>Looks at this machine. Loads libtorch.</summary>
    public static ClusterProbe Take(StudioHome home)
    {
        (string? version, string? problem, IReadOnlyList<string> gpus) = LookAtLibTorch();
        (string? homeProblem, double? milliseconds) = LookAtHome(home);
        return new(
            Environment.MachineName, BuildVersion.Current, Devices.DescribeMachine(), Environment.ProcessorCount, version, problem, gpus,
            homeProblem, milliseconds);
    }

    /// <summary>Returns what was found as pairs of a title and a value.</summary>
    public IEnumerable<(string Title, string Value)> Facts() =>
    [
        ("program", Version),
        ("machine", Machine),
        ("processors of the job", Format.Count(Processors)),
        ("libtorch", LibTorch ?? LibTorchProblem ?? ""),
        ("GPUs", Gpus.Count == 0 ? "none that libtorch can use" : string.Join(", ", Gpus)),
        ("home", HomeProblem ?? $"can be read and written, a small file in {WriteMilliseconds:0.0} ms"),
    ];

    private static (string? Version, string? Problem, IReadOnlyList<string> Gpus) LookAtLibTorch()
    {
        try
        {
            string[] gpus = [.. Devices.All().Skip(1).Select(DeviceNames.Of)];
            return (LibTorchVersion.Current, null, gpus);
        }
        catch (StudioException e)
        {
            return (null, e.Message, []);
        }
    }

    private static (string? Problem, double? Milliseconds) LookAtHome(StudioHome home)
    {
        string path = Path.Combine(home.Path, "cluster", $"probe-{Guid.NewGuid():N}");
        try
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Writes; i++)
            {
                AtomicFile.WriteAllText(path, "probe");
            }

            return (null, Stopwatch.GetElapsedTime(start).TotalMilliseconds / Writes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ($"{home.Path} cannot be written on the node: {e.Message.TrimEnd('.')}; make it a folder that all nodes share.", null);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
