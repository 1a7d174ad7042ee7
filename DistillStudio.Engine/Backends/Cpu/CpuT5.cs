using DistillStudio.Engine.Kernels;
using DistillStudio.Engine.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Backends.Cpu;

/// <summary>A T5 on the CPU as the kernels use it: its weights by their checkpoint names, and the memory of a step.</summary>
internal sealed class CpuT5<TFormat> : IWeightCopies, IDisposable
    where TFormat : struct, INumberFormat
{
    private readonly Weight[] _all;
    private readonly Dictionary<nint, nint> _copies;

    /// <param name="model">Model on the CPU; its weights are shared.</param>
    internal CpuT5(T5 model)
    {
        Config = model.Config;
        ScalarType type = model.Precision.ToScalarType();
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Workspace = new Workspace(Config, type);
        Weights = model.named_parameters().ToDictionary(p => p.name, p => new Weight(p.parameter, type));
        _all = [.. Weights.Values];
        _copies = _all.ToDictionary(weight => weight.Value.Handle, weight => weight.CopyAddress);
        Encoder = new(Config, isDecoder: false, Workspace, Weights, scale: 1);
    }

    internal T5Config Config { get; }

    internal Workspace Workspace { get; }

    internal IReadOnlyDictionary<string, Weight> Weights { get; }

    internal LayerStack<TFormat> Encoder { get; }

    /// <summary>[V, D]: the embedding if the LM head is tied to it.</summary>
    internal Weight Head => Weights[Config.TieWordEmbeddings ? "shared.weight" : "lm_head.weight"];

    /// <summary>Factor applied to the decoder's result before the LM head.</summary>
    internal double HeadScale => Config.ScaleDecoderOutputs ? 1 / Math.Sqrt(Config.DModel) : 1;

    public bool AreCurrent { get; set; }

    public nint AddressOf(Parameter weight) => _copies.GetValueOrDefault(weight.Handle);

    /// <summary>Begins a step: releases all memory, and refreshes the weights' copies unless they are current.</summary>
    /// <param name="seed">Seed of dropout; null for no dropout.</param>
    internal void Begin(ulong? seed)
    {
        Workspace.Begin(seed);
        foreach (Weight weight in AreCurrent ? [] : _all)
        {
            weight.Refresh();
        }
    }

    /// <summary>Prepares the gradients for a backward pass.</summary>
    /// <param name="accumulate">Whether to accumulate into the existing gradients.</param>
    internal void Prepare(bool accumulate)
    {
        foreach (Weight weight in _all)
        {
            weight.Prepare(accumulate);
        }
    }

    public void Dispose()
    {
        foreach (Weight weight in _all)
        {
            weight.Dispose();
        }

        Workspace.Dispose();
    }
}
