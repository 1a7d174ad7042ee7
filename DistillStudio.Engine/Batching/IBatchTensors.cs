using static TorchSharp.torch;

namespace DistillStudio.Engine.Batching;

/// <summary>A packed batch on the model's device.</summary>
internal interface IBatchTensors
{
    /// <summary>[input tokens], int64</summary>
    Tensor InputIds { get; }

    /// <summary>[target tokens], int64</summary>
    Tensor DecoderIds { get; }

    /// <summary>[target tokens], int64</summary>
    Tensor Targets { get; }

    /// <summary>[target tokens], float32: weight of each token's loss in the objective.</summary>
    Tensor Weights { get; }

    /// <summary>Encoder rows.</summary>
    IReadOnlyList<PaddedRows> Source { get; }

    /// <summary>Decoder rows, in as many parts as reduce the total cost.</summary>
    IReadOnlyList<PaddedRows> Target { get; }

    /// <summary>The inputs again, split in the same way as <see cref="Target"/>.</summary>
    IReadOnlyList<PaddedRows> Crossed { get; }
}
