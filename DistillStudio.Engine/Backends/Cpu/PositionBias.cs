using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>Learned bias of each head for each distance, shared by all layers of a stack.</summary>
/// <param name="workspace">Workspace of the step.</param>
/// <param name="weight">[buckets, H]</param>
/// <param name="buckets">Buckets of the stack.</param>
/// <param name="heads">H</param>
internal sealed unsafe class PositionBias(Workspace workspace, Weight weight, RelativeBuckets buckets, int heads)
{
    private int* _buckets;
    private int _count;

    /// <summary>[H, distances], in the layout of <see cref="AttentionShape"/>.</summary>
    internal float* Table { get; private set; }

    internal void Forward(in AttentionShape shape)
    {
        _count = shape.Distances;
        _buckets = workspace.Arena.Take<int>(_count);
        for (int i = 0; i < _count; i++)
        {
            _buckets[i] = buckets.Of(i + 1 - shape.LongestQueries);
        }

        Table = workspace.Arena.Take<float>((long)heads * _count);
        for (int head = 0; head < heads; head++)
        {
            for (int i = 0; i < _count; i++)
            {
                Table[((long)head * _count) + i] = weight.Data[(_buckets[i] * heads) + head];
            }
        }
    }

    /// <summary>Accumulates the gradient of one layer.</summary>
    /// <param name="parts">[sequences · H, distances]</param>
    /// <param name="count">sequences · H</param>
    internal void Backward(float* parts, int count)
    {
        if (weight.Begin())
        {
            new Span<float>(weight.GradientData, (int)weight.Count).Clear();
        }

        for (int part = 0; part < count; part++)
        {
            float* gradient = parts + ((long)part * _count);
            for (int i = 0; i < _count; i++)
            {
                weight.GradientData[(_buckets[i] * heads) + (part % heads)] += gradient[i];
            }
        }
    }
}
