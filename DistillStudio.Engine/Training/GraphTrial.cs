using System.Globalization;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Generation;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = DistillStudio.Engine.Optimization.AdamW;

namespace DistillStudio.Engine.Training;

/// <summary>
/// Trains and generates with a tiny model, eagerly and with recorded graphs, and compares. Run it in a process of its own: what does not
/// work may end the process or never return.
/// </summary>
public static class GraphTrial
{
    private const int Steps = 10;
    private const int Generations = 4;
    private const int Beams = 3;
    private const double Tolerance = 1e-2; // far above rounding, far below the losses of other tokens

    private const double KernelTolerance = 5e-2; // kernels round to bfloat16 less often

    private static readonly T5Config Config = new()
    {
        VocabSize = 96,
        DModel = 32,
        DKv = 16,
        DFf = 64,
        NumLayers = 2,
        NumDecoderLayers = 2,
        NumHeads = 2,
        FeedForwardProj = "gated-gelu",
        TieWordEmbeddings = false,
    };

    /// <summary>Tries graphs, own kernels or both on a GPU.</summary>
    /// <param name="device">As for <see cref="Devices.Resolve"/>.</param>
    /// <param name="kind">What is tried.</param>
    /// <param name="home">Keeps compiled kernels.</param>
    /// <param name="tell">Receives what was measured, in sentences; null for none.</param>
    /// <param name="bf16">Precision of the run: true for bfloat16 products; null for the device's own.</param>
    /// <returns>Null if they work; otherwise the reason, completing a sentence after a colon, without a full stop.</returns>
    /// <exception cref="InputException">There is no such device.</exception>
    public static string? Run(string device, GpuTrialKind kind, StudioHome home, Action<string>? tell = null, bool? bf16 = null)
    {
        Device resolved = Devices.Resolve(device);
        if (resolved.type != DeviceType.CUDA)
        {
            return "the device is not a GPU";
        }

        var precision = PrecisionExtensions.Choose(bf16, resolved);
        string? noGraphs = kind == GpuTrialKind.Kernels ? null : CudaLibrary.WhyMissing ?? Enter(resolved);
        if (noGraphs is not null && kind != GpuTrialKind.Attention)
        {
            return noGraphs;
        }

        var left = new List<string>();
        bool hasKernels = kind is GpuTrialKind.Kernels or GpuTrialKind.Both or GpuTrialKind.Attention;
        using OwnKernels? kernels = hasKernels ? OwnKernels.Open(resolved, home, left.Add, kind == GpuTrialKind.Attention) : null;
        if (hasKernels && kernels is null)
        {
            return left.FirstOrDefault()?.TrimEnd('.') ?? "none of them agrees with libtorch's operators";
        }

        if (kind == GpuTrialKind.Attention)
        {
            return (kernels!.HasAttention ? null : left.FirstOrDefault()?.TrimEnd('.'))
                ?? TryAttention(resolved, precision, noGraphs is null ? CudaGraphs.Open(resolved) : null, kernels, tell ?? (_ => { }));
        }

        return kind == GpuTrialKind.Kernels
            ? CompareKernels(resolved, precision, kernels!)
            : Compare(resolved, precision, CudaGraphs.Open(resolved), kernels, kind == GpuTrialKind.Beams ? Beams : 1);
    }

    /// <summary>Tries own attention: against libtorch's products, in recorded graphs if there are any, and by the clock.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="precision">Precision of the run.</param>
    /// <param name="graphs">Records graphs; null for none.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="tell">Receives what was measured, in a sentence.</param>
    internal static string? TryAttention(
        Device device, Precision precision, ICudaGraphs? graphs, OwnKernels kernels, Action<string> tell) =>
        !kernels.HasAttention
            ? "its kernels differ from libtorch's operators, or cannot be launched"
            : CompareKernels(device, precision, kernels)
                ?? (graphs is null ? null : Compare(device, precision, graphs, kernels))
                ?? Guarded(() => AttentionTrial.WhyNot(device, precision, graphs, kernels, tell));

    /// <summary>Compares steps by own kernels with the same steps by libtorch's operators, dropout included.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="precision">Precision of the model.</param>
    /// <param name="kernels">The kernels.</param>
    internal static string? CompareKernels(Device device, Precision precision, OwnKernels kernels) => Guarded(() =>
    {
        Outcome expected = Work(device, precision, null, OwnKernels.Reference);
        Outcome actual = Work(device, precision, null, kernels);
        return Difference(expected, actual, "steps by own kernels differ from those by libtorch's operators", KernelTolerance);
    });

    /// <summary>Compares recorded work with the same work run eagerly.</summary>
    /// <param name="device">Device of the model.</param>
    /// <param name="precision">Precision of the model.</param>
    /// <param name="graphs">Records graphs; null if they cannot be recorded on this thread.</param>
    /// <param name="kernels">Own kernels of both; null for libtorch's operators.</param>
    /// <param name="beams">Beams of the generation; 1 for greedy search.</param>
    internal static string? Compare(
        Device device, Precision precision, ICudaGraphs? graphs, OwnKernels? kernels = null, int beams = 1) => graphs is null
        ? "the thread has no stream of its own"
        : Guarded(() =>
        {
            Outcome expected = Work(device, precision, null, kernels, beams);
            Outcome actual = Work(device, precision, graphs, kernels, beams);
            return actual.Notice
                ?? (actual.Graphs is not > 0 ? "nothing was recorded" : null)
                ?? Difference(expected, actual, "replayed steps differ from computed ones", Tolerance)
                ?? (expected.Texts.SequenceEqual(actual.Texts) ? null : "replayed generation differs from computed generation");
        });

    private static string? Enter(Device device) => !NativeGuard.Try() ? "C++ exceptions cannot be caught on this system"
        : GpuThread.Enter(device) ? null
        : "the thread cannot take a stream of its own";

    private static string? Guarded(Func<string?> trial)
    {
        try
        {
            return trial();
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or StudioException)
        {
            return NativeErrors.FirstLine(e).TrimEnd('.');
        }
    }

    private static string? Difference(Outcome expected, Outcome actual, string differs, double tolerance)
    {
        for (int i = 0; i < expected.Figures.Count; i++)
        {
            (double wanted, double found) = (expected.Figures[i], actual.Figures[i]);
            if (!(Math.Abs(wanted - found) <= tolerance * Math.Abs(wanted)))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{differs} ({found:G6} instead of {wanted:G6})");
            }
        }

        return null;
    }

    private static Outcome Work(Device device, Precision precision, ICudaGraphs? recorder, OwnKernels? kernels, int beams = 1)
    {
        using IDisposable scope = NewDisposeScope();
        using var model = new TrialModel(Config, precision, device, recorder, kernels);
        using var optimizer = new AdamW(model.Parameters, model.Flat, model.Backend.FlatCopies);
        optimizer.Use(kernels);
        var update = new StaticUpdate(optimizer, model.Flat, model.Graphs.Cache);
        PackedBatch[] batches = [Batch(3), Batch(40)]; // two shapes in turn, since their graphs share memory
        var figures = new List<double>();
        for (int step = 0; step < Steps; step++)
        {
            using DisposeScope own = NewDisposeScope();
            Tensor losses = model.Backend.Launch(batches[step % batches.Length], (ulong)step, accumulate: false);
            Tensor norm = update.Run(1e-3);
            figures.AddRange(cat([losses, norm]).cpu().data<float>().ToArray().Select(value => (double)value));
        }

        var options = new GenerationOptions { MaxNewTokens = 12, IsScored = true, Beams = beams };
        int[][] inputs = [.. Batch(3).Rows.Select(row => row.Tokens.Input)];
        string[] texts = [];
        for (int i = 0; i < Generations; i++)
        {
            texts = [.. SequenceGenerator.Generate(model.Model, inputs, options).Select(answer => string.Join(' ', answer.Ids))];
        }

        return new(figures, texts, model.Graphs.Cache.Count, model.Graphs.TakeNotices().FirstOrDefault());
    }

    private static PackedBatch Batch(int target) =>
        TrialModel.Batch(Config, (ulong)target, rows: 6, weight: 0.01f, (_, row) => (5 + (3 * row), target + row));

    /// <param name="Figures">Losses of the tokens and gradient norm of each step.</param>
    /// <param name="Texts">Generated ids.</param>
    /// <param name="Graphs">Number of recorded graphs.</param>
    /// <param name="Notice">What was said about a recording that failed; null for nothing.</param>
    private sealed record Outcome(IReadOnlyList<double> Figures, IReadOnlyList<string> Texts, int? Graphs, string? Notice);
}
