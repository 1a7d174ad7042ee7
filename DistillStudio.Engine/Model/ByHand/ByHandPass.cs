using DistillStudio.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Model.ByHand;

/// <summary>
/// Forward and backward of a T5 on the CPU, written out: libtorch multiplies the weight matrices, our kernels do what lies between. It reads only real
/// tokens, keeps only what the way back needs, and puts each gradient where the optimiser finds it.
/// </summary>
internal sealed class ByHandPass<TFormat> : IGradientPass
    where TFormat : struct, INumberFormat
{
    private readonly Workspace _workspace;
    private readonly Dictionary<string, Weight> _weights;
    private readonly Stack<TFormat> _encoder;
    private readonly Stack<TFormat> _decoder;
    private readonly Head<TFormat> _head;

    /// <param name="model">On the CPU.</param>
    internal ByHandPass(T5 model)
    {
        T5Config config = model.Config;
        ScalarType type = model.Precision.ToScalarType();
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _workspace = new Workspace(config, type);
        _weights = model.named_parameters().ToDictionary(p => p.name, p => new Weight(p.parameter, type));
        _encoder = new(config, isDecoder: false, _workspace, _weights, scale: 1);
        _decoder = new(config, isDecoder: true, _workspace, _weights, config.TieWordEmbeddings ? 1 / Math.Sqrt(config.DModel) : 1);
        _head = new(_workspace, _weights[config.TieWordEmbeddings ? "shared.weight" : "lm_head.weight"]);
    }

    public float[] Losses(PackedBatch batch)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Begin(seed: null);
        (TokenRows tokens, Matrix hidden, _) = Forward(batch);
        return _head.Run(hidden, tokens, batch, null, null);
    }

    public float[] ForwardBackward(PackedBatch batch, ulong seed, bool adds, Action<PassPhase>? told = null)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Begin(seed);
        foreach (Weight weight in _weights.Values)
        {
            weight.Prepare(adds);
        }

        (TokenRows tokens, Matrix hidden, Matrix encoded) = Forward(batch);
        told?.Invoke(PassPhase.Forward);
        Matrix hiddenGradient = _workspace.Operand(hidden.Rows, hidden.Columns);
        float[] losses = _head.Run(hidden, tokens, batch, hiddenGradient, told);
        Matrix encodedSum = _workspace.Floats(encoded.Rows, encoded.Columns);
        _decoder.Backward(hiddenGradient, encodedSum);
        Matrix encodedGradient = _workspace.Operand(encoded.Rows, encoded.Columns);
        encodedGradient.Tensor.copy_(encodedSum.Tensor);
        _encoder.Backward(encodedGradient);
        told?.Invoke(PassPhase.Backward);
        return losses;
    }

    public void Dispose()
    {
        foreach (Weight weight in _weights.Values)
        {
            weight.Dispose();
        }

        _workspace.Dispose();
    }

    private void Begin(ulong? seed)
    {
        _workspace.Begin(seed);
        foreach (Weight weight in _weights.Values)
        {
            weight.Refresh();
        }
    }

    private (TokenRows Tokens, Matrix Hidden, Matrix Encoded) Forward(PackedBatch batch)
    {
        TokenRows source = _workspace.Tokens(batch, batch.InputStarts, batch.InputIds);
        Matrix encoded = _encoder.Forward(batch, source);
        TokenRows tokens = _workspace.Tokens(batch, batch.TargetStarts, batch.DecoderIds);
        return (tokens, _decoder.Forward(batch, tokens, (encoded, source)), encoded);
    }
}
