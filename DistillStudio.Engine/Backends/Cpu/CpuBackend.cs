using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>
/// Explicit forward and backward pass of a T5 on the CPU: libtorch multiplies the weight matrices, our kernels compute the rest.
/// Processes only real tokens, keeps only what the backward pass needs, and writes each gradient to the parameter.
/// </summary>
internal sealed class CpuBackend<TFormat> : ITrainingBackend
    where TFormat : struct, INumberFormat
{
    private readonly CpuT5<TFormat> _model;
    private readonly LayerStack<TFormat> _decoder;
    private readonly LmHead<TFormat> _head;

    /// <param name="model">Model on the CPU.</param>
    internal CpuBackend(T5 model)
    {
        _model = new CpuT5<TFormat>(model);
        _decoder = new(_model.Config, isDecoder: true, _model.Workspace, _model.Weights, _model.HeadScale);
        _head = new(_model.Workspace, _model.Head);
    }

    public IWeightCopies? Copies => TFormat.Size == sizeof(ushort) ? _model : null;

    public float[] Losses(PackedBatch batch)
    {
        _model.Begin(seed: null);
        (TokenRows tokens, Matrix hidden, _) = Forward(batch, keeps: false);
        return _head.Run(hidden, tokens, batch, default, null);
    }

    public float[] ForwardBackward(PackedBatch batch, ulong seed, bool accumulate, Action<BackendPhase>? onPhase = null)
    {
        if (batch.Pairs.Count > 0)
        {
            throw new NotSupportedException("The CPU backend has no loss between two rows; use autograd.");
        }

        _model.Begin(seed);
        _model.Prepare(accumulate);
        (TokenRows tokens, Matrix hidden, Matrix encoded) = Forward(batch, keeps: true);
        onPhase?.Invoke(BackendPhase.Forward);
        Matrix hiddenGradient = _model.Workspace.Operand(hidden.Rows, hidden.Columns);
        float[] losses = _head.Run(hidden, tokens, batch, hiddenGradient, onPhase);
        Matrix encodedSum = _model.Workspace.Floats(encoded.Rows, encoded.Columns);
        _decoder.Backward(hiddenGradient, encodedSum);
        _model.Encoder.Backward(_model.Workspace.Cast(encodedSum));
        onPhase?.Invoke(BackendPhase.Backward);
        return losses;
    }

    /// <summary>Bytes allocated for intermediate results so far; reused by later steps.</summary>
    internal long MemoryBytes => _model.Workspace.Arena.Bytes;

    public void Dispose() => _model.Dispose();

    private (TokenRows Tokens, Matrix Hidden, Matrix Encoded) Forward(PackedBatch batch, bool keeps)
    {
        TokenRows source = _model.Workspace.Tokens(batch, batch.InputStarts, batch.InputIds);
        Matrix encoded = _model.Encoder.Forward(source, keeps: keeps);
        TokenRows tokens = _model.Workspace.Tokens(batch, batch.TargetStarts, batch.DecoderIds);
        return (tokens, _decoder.Forward(tokens, (encoded, source), keeps), encoded);
    }
}
