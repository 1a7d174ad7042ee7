using System.ComponentModel;
using System.Diagnostics;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>Decides whether a run uses CUDA graphs and own kernels, and says why not.</summary>
public static class GraphSupport
{
    /// <summary>The program's hidden command that runs <see cref="GraphTrial"/>.</summary>
    public const string TrialCommand = "gpu-trial";

    private const int LongestReason = 300;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LastMoments = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Opens what the GPU offers for a run on this thread, which takes a stream of its own if steps are recorded. Call before anything
    /// else of the thread uses the GPU.
    /// </summary>
    /// <param name="device">Device of the run.</param>
    /// <param name="home">Keeps compiled kernels and the outcome of the trials.</param>
    /// <param name="wantsGraphs">Whether the run may use graphs.</param>
    /// <param name="wantsKernels">Whether the run may use own kernels.</param>
    /// <param name="remark">Receives one sentence for each thing that cannot be used on a GPU.</param>
    /// <param name="forBeams">Whether graphs are for beam search, which is then tried instead of training.</param>
    /// <param name="bf16">Precision of the run, as for <see cref="GraphTrial.Run"/>.</param>
    /// <returns>Nothing on a CPU.</returns>
    internal static GpuWays Open(
        Device device, StudioHome home, bool wantsGraphs, bool wantsKernels, Action<string> remark, bool forBeams = false,
        bool? bf16 = null)
    {
        if (device.type != DeviceType.CUDA)
        {
            return default;
        }

        (bool records, bool hasKernels, string? noGraphs, string? noKernels) = GpuWays.Choose(
            wantsGraphs, wantsKernels,
            kind => WhyTrialFailed(device, home, kind == GpuTrialKind.Graphs && forBeams ? GpuTrialKind.Beams : kind));
        bool usesAttention = hasKernels
            && IsAttentionFaster(device, home, remark, PrecisionExtensions.Choose(bf16, device)); // before this process has the GPU
        ICudaGraphs? graphs = records && GpuThread.Enter(device) ? CudaGraphs.Open(device) : null;
        if (wantsGraphs && graphs is null)
        {
            remark(Explain(device.ToString(), noGraphs ?? "the thread cannot take a stream of its own"));
        }

        if (noKernels is not null)
        {
            remark(OwnKernels.Explain(noKernels));
        }

        return new(graphs, hasKernels ? OwnKernels.Open(device, home, remark, usesAttention) : null);
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
            (List<string> output, List<string> errors) = ([], []);
            void Keep(List<string> lines, string? line)
            {
                lock (output)
                {
                    lines.Add(line?.Trim() ?? "");
                }
            }

            child.OutputDataReceived += (_, line) => Keep(output, line.Data);
            child.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
            child.Start();
            child.StandardInput.Close();
            child.BeginOutputReadLine();
            child.BeginErrorReadLine();
            if (!child.WaitForExit(patience))
            {
                child.Kill(entireProcessTree: true);
                child.WaitForExit(LastMoments); // gives the GPU back before the run takes it; a driver that hangs is not waited for
                return $"a trial of them did not end within {patience.TotalSeconds:0} s";
            }

            child.WaitForExit(); // for the rest of the output
            lock (output)
            {
                return child.ExitCode == 0 ? null : Reason(child.ExitCode, [.. output, .. errors]);
            }
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException or AggregateException)
        {
            return $"a trial of them could not start ({e.Message.TrimEnd('.')})";
        }
    }

    /// <summary>Returns whether a trial found own attention right and faster; reports only that it does not work.</summary>
    private static bool IsAttentionFaster(Device device, StudioHome home, Action<string> remark, Precision precision)
    {
        string? reason = WhyTrialFailed(device, home, GpuTrialKind.Attention, precision);
        if (reason?.StartsWith(AttentionTrial.Slower, StringComparison.Ordinal) == false)
        {
            remark(OwnKernels.ExplainAttention(reason));
        }

        return reason is null;
    }

    /// <param name="code">Exit code of the trial.</param>
    /// <param name="output">Its lines: first its own sentence, if it came to that, then what libraries print to standard error.</param>
    private static string Reason(int code, IEnumerable<string> output)
    {
        string line = output.FirstOrDefault(each => each.Length > 0)?.TrimEnd('.') ?? "";
        line = line.Length > LongestReason ? line[..LongestReason] : line;
        return line.StartsWith(AttentionTrial.Slower, StringComparison.Ordinal) ? line
            : line.Length == 0 ? $"a trial of them ended with code {code}" : $"a trial of them failed ({line})";
    }

    /// <summary>Returns everything that a verdict depends on.</summary>
    /// <param name="precision">Precision tried; null for the device's own, with which verdicts name none.</param>
    internal static string KeyOf(GpuTrialKind kind, string driver, string gpu, Precision? precision) => string.Join(
        " | ",
        (string[])
        [
            $"{kind}", LibTorchVersion.Current, driver, BuildVersion.Current, gpu,
            .. precision is { } own ? [own.Name()] : Array.Empty<string>(),
        ]);

    /// <summary>Returns the arguments of the program that runs a trial.</summary>
    /// <inheritdoc cref="KeyOf"/>
    internal static IReadOnlyList<string> ArgumentsOf(GpuTrialKind kind, string device, StudioHome home, Precision? precision) =>
    [
        TrialCommand, "--device", device, "--with", $"{kind}", "--home", home.Path,
        .. precision is { } own ? [own == Precision.BFloat16 ? "--bf16" : "--fp32"] : Array.Empty<string>(),
    ];

    /// <param name="precision">Precision to try; null for the device's own.</param>
    private static string? WhyTrialFailed(Device device, StudioHome home, GpuTrialKind kind, Precision? precision = null)
    {
        if (kind is not (GpuTrialKind.Kernels or GpuTrialKind.Attention) && CudaLibrary.WhyMissing is { } missing)
        {
            return missing;
        }

        if (OwnProgram.Find() is not var (file, before))
        {
            return "they are tried first by the program DistillStudio, which this process is not";
        }

        string name = $"cuda:{Math.Max(0, device.index)}";
        string driver = GpuCapability.DriverVersion() ?? "unknown driver";
        precision = precision == PrecisionExtensions.Choose(null, device) ? null : precision;
        string key = KeyOf(kind, driver, DeviceNames.Of(device), precision);
        return new GraphVerdicts(home.GpuTrials, TimeProvider.System).WhyNot(
            key,
            () => Try(
                new ProcessStartInfo(file, [.. before, .. ArgumentsOf(kind, name, home, precision)]),
                Patience),
            isFinal: kind == GpuTrialKind.Attention); // else a resumed run might round otherwise
    }
}
