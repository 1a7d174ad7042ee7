using System.Collections.Concurrent;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>Computes losses on the CPU with our kernels: one set of weights, and memory of its own for each batch in progress.</summary>
internal sealed class CpuLosses<TFormat> : ILosses
    where TFormat : struct, INumberFormat
{
    private readonly CpuT5<TFormat> _model;
    private readonly ScalarType _type;
    private readonly ConcurrentBag<ForwardPass> _idle = [];

    /// <param name="model">Model on the CPU. Its weights must not change until disposed.</param>
    internal CpuLosses(T5 model)
    {
        using IDisposable noGrad = no_grad();
        _type = model.Precision.ToScalarType();
        _model = new CpuT5<TFormat>(model);
        _model.Begin(seed: null);
    }

    public float[] Losses(PackedBatch batch)
    {
        ForwardPass pass = _idle.TryTake(out ForwardPass? idle) ? idle : new ForwardPass(_model, _type);
        try
        {
            return pass.Losses(batch);
        }
        finally
        {
            _idle.Add(pass);
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out ForwardPass? pass))
        {
            pass.Dispose();
        }

        _model.Dispose();
    }

    /// <summary>Encoder, decoder and LM head with memory for one batch at a time.</summary>
    private sealed class ForwardPass : IDisposable
    {
        private readonly Workspace _workspace;
        private readonly LayerStack<TFormat> _encoder;
        private readonly LayerStack<TFormat> _decoder;
        private readonly LmHead<TFormat> _head;

        internal ForwardPass(CpuT5<TFormat> model, ScalarType type)
        {
            _workspace = new Workspace(model.Config, type);
            _encoder = new(model.Config, isDecoder: false, _workspace, model.Weights, scale: 1);
            _decoder = new(model.Config, isDecoder: true, _workspace, model.Weights, model.HeadScale);
            _head = new(_workspace, model.Head);
        }

        internal float[] Losses(PackedBatch batch)
        {
            _workspace.Begin(seed: null);
            TokenRows source = _workspace.Tokens(batch, batch.InputStarts, batch.InputIds);
            Matrix encoded = _encoder.Forward(source);
            TokenRows tokens = _workspace.Tokens(batch, batch.TargetStarts, batch.DecoderIds);
            return _head.Run(_decoder.Forward(tokens, (encoded, source)), tokens, batch, default, null);
        }

        public void Dispose() => _workspace.Dispose();
    }
}
