using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Backends.Gpu;
using DistillStudio.Engine.Batching;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Training;

/// <summary>A small model with random weights, as a run would train it on a GPU, for trials.</summary>
internal sealed class TrialModel : IDisposable
{
    /// <param name="config">Shape of the model.</param>
    /// <param name="precision">Precision of the run.</param>
    /// <param name="device">Device of the run.</param>
    /// <param name="recorder">Records the steps; null to launch them singly.</param>
    /// <param name="kernels">Own kernels; null for libtorch's operators. Disposed by the caller.</param>
    internal TrialModel(T5Config config, Precision precision, Device device, ICudaGraphs? recorder, OwnKernels? kernels)
    {
        Model = new T5(config, precision);
        Model.InitializeWeights(1);
        Model.to(device);
        Model.train();
        Parameters = [.. Model.parameters()];
        Flat = new FlatParameters(Parameters);
        kernels?.AttachTo(Model);
        Graphs = ModelGraphs.Attach(Model, recorder);
        Backend = new StaticBackend(Model, Flat, Graphs);
    }

    internal T5 Model { get; }

    internal Parameter[] Parameters { get; }

    internal FlatParameters Flat { get; }

    internal ModelGraphs Graphs { get; }

    internal StaticBackend Backend { get; }

    /// <summary>Returns a batch of random tokens.</summary>
    /// <param name="config">Shape of the model.</param>
    /// <param name="seed">Equal seeds give equal tokens.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="weight">Weight of each token's loss.</param>
    /// <param name="lengths">Returns the tokens of a row's input and target, without the last ones.</param>
    internal static PackedBatch Batch(
        T5Config config, ulong seed, int rows, float weight, Func<SeededRandom, int, (int Input, int Target)> lengths)
    {
        var random = new SeededRandom(seed);
        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => 2 + random.Next(config.VocabSize - 2)), T5Tokenizer.EndId];
        return new(
            [
                .. Enumerable.Range(0, rows).Select(row =>
                {
                    (int input, int target) = lengths(random, row);
                    return new PackedRow(new(Ids(input), Ids(target)), 0, weight, (uint)row);
                }),
            ],
            config.DecoderStartTokenId);
    }

    public void Dispose()
    {
        Backend.Dispose();
        Flat.Dispose();
        Model.Dispose();
    }
}
