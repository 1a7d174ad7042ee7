using System.ComponentModel;
using System.Diagnostics;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Decides whether a run uses CUDA graphs, and says why not.</summary>
public static class GraphSupport
{
    /// <summary>Flag of <see cref="TrialCommand"/> that runs <see cref="KernelSupport.Try"/> instead.</summary>
    public const string KernelsFlag = "--kernels";

    /// <summary>The program's hidden command that runs <see cref="GraphTrial"/>.</summary>
    public const string TrialCommand = "gpu-trial";

    private const int LongestReason = 300;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Opens a recorder for this thread, which takes a stream of its own on the GPU. Call before anything else of the thread uses the GPU.
    /// </summary>
    /// <param name="device">Device of the run.</param>
    /// <param name="home">Keeps the outcome of the trial.</param>
    /// <param name="remark">Receives one sentence if graphs cannot be used on a GPU.</param>
    /// <returns>Null on a CPU, and where graphs cannot be used.</returns>
    internal static ICudaGraphs? Open(Device device, StudioHome home, Action<string> remark)
    {
        if (device.type != DeviceType.CUDA)
        {
            return null;
        }

        string? reason = CudaLibrary.WhyMissing ?? WhyTrialFailed(device, home, []);
        ICudaGraphs? graphs = reason is null && GpuThread.Enter(device) ? CudaGraphs.Open(device) : null;
        if (graphs is null)
        {
            remark(Explain(device.ToString(), reason ?? "the thread cannot take a stream of its own"));
        }

        return graphs;
    }

    /// <summary>Returns the sentence for the log.</summary>
    internal static string Explain(string device, string reason) =>
        $"CUDA graphs are off on {device}, so steps take longer with the same results: {reason}.";

    /// <summary>Starts a command that tries graphs, and waits for it.</summary>
    /// <param name="start">The command.</param>
    /// <param name="patience">When a command that does not end is killed.</param>
    /// <returns>Null if it succeeded, else the reason.</returns>
    internal static string? Try(ProcessStartInfo start, TimeSpan patience)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        start.UseShellExecute = false;
        try
        {
            using var child = new Process { StartInfo = start };
            var output = new List<string>();
            void Keep(object sender, DataReceivedEventArgs line)
            {
                lock (output)
                {
                    output.Add(line.Data ?? "");
                }
            }

            child.OutputDataReceived += Keep;
            child.ErrorDataReceived += Keep;
            child.Start();
            child.StandardInput.Close();
            child.BeginOutputReadLine();
            child.BeginErrorReadLine();
            if (!child.WaitForExit(patience))
            {
                child.Kill(entireProcessTree: true);
                return $"a trial of them did not end within {patience.TotalSeconds:0} s";
            }

            child.WaitForExit(); // for the rest of the output
            lock (output)
            {
                return child.ExitCode == 0 ? null : Reason(child.ExitCode, output);
            }
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
        {
            return $"a trial of them could not start ({e.Message.TrimEnd('.')})";
        }
    }

    private static string Reason(int code, IEnumerable<string> output)
    {
        string line = output.FirstOrDefault(each => each.Trim().Length > 0)?.Trim().TrimEnd('.') ?? "";
        line = line.Length > LongestReason ? line[..LongestReason] : line;
        return line.Length == 0 ? $"a trial of them ended with code {code}" : $"a trial of them failed ({line})";
    }

    /// <summary>Runs a trial in a process of its own, unless its outcome is known. Returns null if it succeeds, else the reason.</summary>
    /// <param name="device">The GPU.</param>
    /// <param name="home">Keeps the outcome.</param>
    /// <param name="flags">Further flags of the command.</param>
    internal static string? WhyTrialFailed(Device device, StudioHome home, string[] flags)
    {
        if (OwnProgram.Find() is not var (file, before))
        {
            return "they are tried first by the program DistillStudio, which this process is not";
        }

        string name = $"cuda:{Math.Max(0, device.index)}";
        string driver = GpuCapability.DriverVersion() ?? "unknown driver";
        string key = string.Join(" | ", [LibTorchVersion.Current, driver, BuildVersion.Current, DeviceNames.Of(device), .. flags]);
        return new GraphVerdicts(home.GpuTrials, TimeProvider.System).WhyNot(
            key, () => Try(new ProcessStartInfo(file, [.. before, TrialCommand, "--device", name, .. flags]), Patience));
    }
}
