using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistillStudio.Engine.Kernels;

/// <summary>Processes a query's row of an attention between its products. Elements past the visible keys become zero.</summary>
internal static unsafe class SoftmaxRow
{
    /// <summary>Replaces scores by attention weights after dropout.</summary>
    /// <param name="row">[width]</param>
    /// <param name="bias">Added to the scores; null for none.</param>
    /// <param name="seen">Number of keys visible to the query.</param>
    /// <param name="width">A multiple of sixteen.</param>
    /// <param name="mask">Dropout mask of the attention weights.</param>
    /// <returns>The logarithm of the sum of the exponentials.</returns>
    [MethodImpl(Lanes.Kernel)]
    internal static float Forward(float* row, float* bias, int seen, int width, RowMask mask)
    {
        Vector512<float> highest = Vector512.Create(float.MinValue);
        int end = Lanes.RoundUp(seen);
        for (int i = 0; i < end; i += Lanes.Count)
        {
            Vector512<float> score = Score(row, bias, seen, i);
            score.Store(row + i);
            highest = Vector512.MaxNative(highest, score);
        }

        float top = Lanes.Max(highest);
        Vector512<float> shift = Vector512.Create(top);
        Vector512<float> sum = Vector512<float>.Zero;
        for (int i = 0; i < end; i += Lanes.Count)
        {
            Vector512<float> value = Lanes.Exp(Vector512.Load(row + i) - shift);
            value.Store(row + i);
            sum += value;
        }

        float total = Vector512.Sum(sum);
        Vector512<float> share = Vector512.Create(1 / total);
        for (int i = 0; i < end; i += Lanes.Count)
        {
            mask.Apply(Vector512.Load(row + i) * share, i).Store(row + i);
        }

        new Span<float>(row + end, width - end).Clear();
        return top + MathF.Log(total);
    }

    /// <summary>Replaces scores by attention weights after dropout, and the gradient of those by the gradient of the scores.</summary>
    /// <param name="gradient">[width]</param>
    /// <param name="logSum">Result of the forward pass.</param>
    [MethodImpl(Lanes.Kernel)]
    internal static void Backward(float* row, float* gradient, float* bias, float logSum, int seen, int width, RowMask mask)
    {
        Vector512<float> shift = Vector512.Create(logSum);
        Vector512<float> products = Vector512<float>.Zero;
        int end = Lanes.RoundUp(seen);
        for (int i = 0; i < end; i += Lanes.Count)
        {
            Vector512<float> share = Lanes.Exp(Score(row, bias, seen, i) - shift);
            Vector512<float> weightGradient = mask.Apply(Vector512.Load(gradient + i), i);
            products = Vector512.FusedMultiplyAdd(share, weightGradient, products);
            share.Store(row + i);
            weightGradient.Store(gradient + i);
        }

        Vector512<float> sum = Vector512.Create(Vector512.Sum(products));
        for (int i = 0; i < end; i += Lanes.Count)
        {
            Vector512<float> share = Vector512.Load(row + i);
            (share * (Vector512.Load(gradient + i) - sum)).Store(gradient + i);
            mask.Apply(share, i).Store(row + i);
        }

        new Span<float>(row + end, width - end).Clear();
        new Span<float>(gradient + end, width - end).Clear();
    }

    /// <summary>Returns the scores plus the bias; the lowest value for masked keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Score(float* row, float* bias, int seen, int i)
    {
        Vector512<float> score = Vector512.Load(row + i);
        if (bias is not null)
        {
            score += Vector512.Load(bias + i);
        }

        return Vector512.ConditionalSelect(
            Vector512.LessThan(Lanes.From(i), Vector512.Create(seen)).AsSingle(), score, Vector512.Create(float.MinValue));
    }
}
