using System.Runtime.Intrinsics.X86;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Text;
using TorchSharp;

namespace DistillStudio.Engine.Training;

/// <summary>Warnings about a run before its first step; written to its log.</summary>
internal static class RunWarnings
{
    private const int MostExamined = 500;

    public static IEnumerable<string> On(TrainingSession session)
    {
        TrainingData data = session.Data;
        if (data.IsValidSetAside)
        {
            yield return $"{data.Name} has no validation file: {data.Valid.Count} training rows are set aside for validation.";
        }

        if (data.LeftOut > 0)
        {
            yield return $"{data.LeftOut} training rows are left out because their teacher label is blank; --keep-blank-labels keeps them.";
        }
        else if (data.BlankLabels > 0)
        {
            yield return $"{data.BlankLabels} training rows have a blank teacher label and are kept.";
        }

        if (data.Rejected > 0)
        {
            yield return session.Spec.LeaveOutRejected
                ? $"{data.Rejected} training rows are left out because the review of teacher {session.Spec.Teacher} rejected them."
                : $"{data.Rejected} training rows were rejected in the review of teacher {session.Spec.Teacher}, "
                    + $"and are trained on without its answers; --leave-out-rejected leaves them out.";
        }

        if (session.Method.NeedsRationale && data.BlankRationales > 0 && !session.Spec.KeepBlankLabels)
        {
            yield return $"{data.BlankRationales} training rows have no rationale, so the student learns only their label.";
        }

        foreach (string remark in UnknownIn(session))
        {
            yield return OfExamined(data.Train.Count, remark);
        }

        if (CutIn(session) is { } cut)
        {
            yield return OfExamined(data.Train.Count, cut);
        }

        int stepsPerEpoch = BatchOrder.StepsFor(data.Train.Count, session.Spec.BatchSize, session.Spec.GradSteps);
        if (ManyEpochs.Remark(session.Spec, stepsPerEpoch) is { } many)
        {
            yield return many;
        }

        if (Devices.IdleGpuHint(session.Model.Device) is { } hint)
        {
            yield return hint;
        }

        if (session.Spec.Bf16 is null && session.Model.Precision == Precision.BFloat16)
        {
            yield return "Matrix products are in bfloat16 over float32 weights, which this GPU supports; --fp32 computes them in float32.";
        }

        if (session.Model.Device.type == DeviceType.CPU)
        {
            foreach (string remark in OnCpu(session.Model.Config, session.Model.Precision))
            {
                yield return remark;
            }
        }
    }

    /// <summary>Explains why steps take longer than they might.</summary>
    internal static IEnumerable<string> OnCpu(T5Config config, Precision precision)
    {
        if (!ComputeBackends.UsesCpuBackend(config, DeviceType.CPU))
        {
            yield return "Steps are computed by libtorch, which takes longer: the CPU backend "
                + (config.Activation == Activation.Gelu
                    ? "has no kernel for the activation gelu."
                    : "needs an x86 processor with AVX2.");
        }
        else if (precision == Precision.Float32 && !CpuTuning.Apply())
        {
            yield return "Matrix products use libtorch's ordinary path: its other one is unavailable, or not exact, or slower on this "
                + "processor.";
        }

        if (precision == Precision.BFloat16 && X86Base.IsSupported && !BFloat16Blocks.IsInstructionThere)
        {
            yield return "This processor has no instructions for bfloat16 products, so steps take many times as long as with --fp32.";
        }
    }

    /// <summary>Says on which rows a remark rests, if not all of them were examined: reading all takes as long as preparing them.</summary>
    internal static string OfExamined(int rows, string remark) =>
        rows > MostExamined ? $"In the first {MostExamined:N0} of {rows:N0} training rows, {remark}" : remark;

    private static string? CutIn(TrainingSession session)
    {
        var encoder = new MethodEncoder(session.Method, session.Tokenizer, session.Spec.MaxInputLength);
        int[] lengths =
            [.. session.Data.Train.Take(MostExamined).Select(row => encoder.InputLength(session.Method.LabelStream, row.Input))];
        return LongInputs.Remark(lengths, session.Spec.MaxInputLength);
    }

    /// <summary>Looks at the first rows only: enough to see a language that the tokenizer does not know.</summary>
    private static IEnumerable<string> UnknownIn(TrainingSession session)
    {
        TrainingRow[] rows = [.. session.Data.Train.Take(MostExamined)];
        (int, int) Count(IEnumerable<string?> texts)
        {
            string[] there = [.. texts.OfType<string>()];
            return (there.Count(text => UnknownCharacters.Has(session.Tokenizer, text)), there.Length);
        }

        return UnknownCharacters.Remarks(
            Count(rows.Select(row => row.Input)), Count(rows.Select(row => row.Label)),
            session.Method.NeedsRationale ? Count(rows.Select(row => row.Rationale)) : (0, 0));
    }
}
