using static TorchSharp.torch;

namespace DistillStudio.Engine.Batching;

/// <summary>Holds inputs padded to the longest, as tensors. Disposing releases them.</summary>
/// <param name="Ids">[B, S] int64</param>
/// <param name="Mask">[B, S] float32: 1 for a token, 0 for padding.</param>
internal sealed record InputBatch(Tensor Ids, Tensor Mask) : IDisposable
{
    internal static InputBatch Create(IReadOnlyList<int[]> inputs, int padding, Device device)
    {
        int length = Math.Max(1, inputs.Max(input => input.Length));
        long[] ids = new long[inputs.Count * length];
        float[] mask = new float[ids.Length];
        Array.Fill(ids, padding);
        for (int row = 0; row < inputs.Count; row++)
        {
            for (int i = 0; i < inputs[row].Length; i++)
            {
                ids[(row * length) + i] = inputs[row][i];
                mask[(row * length) + i] = 1;
            }
        }

        return new(tensor(ids, [inputs.Count, length], device: device), tensor(mask, [inputs.Count, length], device: device));
    }

    public void Dispose()
    {
        Ids.Dispose();
        Mask.Dispose();
    }
}
