using DistillStudio.Engine.Checkpoints;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Checkpoints;

/// <summary>Weights that hold inf or NaN, or become so in float32, are refused by name.</summary>
public sealed class NotFiniteWeightsTests
{
    public static TheoryData<float, ScalarType> NotFinite => new()
    {
        { float.PositiveInfinity, ScalarType.Float32 },
        { float.NegativeInfinity, ScalarType.Float16 },
        { float.NaN, ScalarType.BFloat16 },
        { float.NaN, ScalarType.Float32 },
    };

    [Theory]
    [MemberData(nameof(NotFinite))]
    public void Load_numbers_that_are_not_finite_are_refused_by_tensor_and_count(float value, ScalarType type)
    {
        const string Spoilt = "encoder.block.1.layer.1.DenseReluDense.wo.weight";
        using ModelFolder folder = ModelFolder.Whole();
        folder.EditWeights(weights =>
        {
            Tensor changed = weights[Spoilt].clone();
            changed.view(-1)[3] = value;
            changed.view(-1)[changed.numel() - 1] = value;
            weights[Spoilt] = changed.to(type);
        });

        Assert.Contains(
            $"the weights contain inf or NaN: 2 of 4,608 values in {Spoilt};", folder.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_number_too_large_for_float32_is_refused()
    {
        using ModelFolder folder = ModelFolder.Whole();
        folder.EditWeights(weights =>
        {
            Tensor wide = weights["decoder.final_layer_norm.weight"].to(ScalarType.Float64);
            wide[5] = 1e39;
            weights["decoder.final_layer_norm.weight"] = wide;
        });

        Assert.Contains(
            "1 of 48 values in decoder.final_layer_norm.weight", folder.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PyTorch_weights_that_are_not_finite_are_refused()
    {
        using var folder = new ModelFolder();
        folder.WritePyTorch(
            PickleWriter.StateDict(("a", "0", 8, 0, [2, 4], [1, 2])),
            new Dictionary<string, byte[]>
            {
                ["0"] = [.. new float[] { 0, 1, 2, 3, 4, 5, 6, float.NaN }.SelectMany(BitConverter.GetBytes)],
            });
        using var file = new PyTorchFile(folder[ModelFolder.PyTorch]);
        using Tensor target = empty(2, 4);

        Assert.Equal(1, file.CopyTo("a", target));
    }
}
