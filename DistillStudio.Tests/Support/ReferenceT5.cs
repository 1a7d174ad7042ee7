using DistillStudio.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Support;

/// <summary>A tiny T5 with what Hugging Face's implementation computes for it.</summary>
internal sealed class ReferenceT5 : IDisposable
{
    /// <summary>Both configurations, for a theory.</summary>
    public static TheoryData<string> Names => ["t5-relu-tied", "t5-gated-gelu-untied"];

    private readonly SafetensorsFile _expected;

    public ReferenceT5(string name)
    {
        Folder = FixtureFolder.Find("t5", name);
        _expected = new SafetensorsFile(Path.Combine(Folder, "expected.safetensors"));
    }

    public string Folder { get; }

    public IReadOnlyList<string> GradientNames(string batch) =>
        [.. _expected.Weights.Keys.Where(key => key.StartsWith($"{batch}.grad.", StringComparison.Ordinal))];

    public Tensor this[string name] => _expected.Read(name);

    public (Tensor Ids, Tensor Mask, Tensor Labels) Batch(string name) =>
        (this[$"{name}.input_ids"], this[$"{name}.attention_mask"], this[$"{name}.labels"]);

    /// <summary>The inputs of a batch without padding.</summary>
    public IReadOnlyList<int[]> Inputs(string batch)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor ids, Tensor mask, Tensor _) = Batch(batch);
        return [.. Rows(ids).Zip(Rows(mask), (row, real) => row[..(int)real.Sum()].Select(id => (int)id).ToArray())];
    }

    /// <summary>Generated ids without the start token, up to and with the closing one.</summary>
    public IReadOnlyList<int[]> Generated(string name)
    {
        using Tensor ids = this[name];
        return [.. Rows(ids).Select(row => row.Skip(1).Select(id => (int)id).ToArray())
            .Select(row => Array.IndexOf(row, 1) is var end and >= 0 ? row[..(end + 1)] : row)];
    }

    public void Dispose() => _expected.Dispose();

    /// <summary>The largest difference, relative to the largest expected magnitude.</summary>
    public static double Difference(Tensor expected, Tensor actual)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        double scale = expected.abs().max().to(ScalarType.Float64).item<double>();
        return (expected - actual).abs().max().to(ScalarType.Float64).item<double>() / Math.Max(scale, 1e-12);
    }

    private static IEnumerable<long[]> Rows(Tensor matrix) => matrix.data<long>().ToArray().Chunk((int)matrix.shape[1]);
}
