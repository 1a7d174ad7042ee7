using DistillStudio.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Checkpoints;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void Write_ThenRead_KeepsEveryNumberFormat()
    {
        using var folder = new ModelFolder();
        using DisposeScope scope = NewDisposeScope();
        string path = folder["all.safetensors"];
        Tensor numbers = tensor(new float[] { -2, 0, 0.5f, 100 });
        ScalarType[] types =
        [
            ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64,
            ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Bool,
        ];
        (string, Tensor)[] written =
            [.. types.Select(type => (type.ToString(), numbers.to(type))), ("scalar", tensor(3.5f)), ("none", zeros(0, 4))];

        SafetensorsWriter.Write(path, written, new Dictionary<string, string> { ["note"] = "größe" });

        using var file = new SafetensorsFile(path);
        Assert.Equal("größe", file.Metadata["note"]);
        Assert.Equal(written.Length, file.Weights.Count);
        foreach ((string name, Tensor expected) in written)
        {
            Tensor read = file.Read(name);
            Assert.Equal((expected.dtype, expected.numel()), (read.dtype, read.numel()));
            Assert.Equal(expected.shape, read.shape);
            Assert.True(expected.equal(read).all().item<bool>(), name);
        }
    }

    [Fact]
    public void CopyTo_OfATensorLargerThanOnePiece_ConvertsAllOfIt()
    {
        using var folder = new ModelFolder();
        using DisposeScope scope = NewDisposeScope();
        string path = folder["large.safetensors"];
        Tensor numbers = arange(5_000_000, ScalarType.Int32).view(1000, 5000);
        SafetensorsWriter.Write(path, [("numbers", numbers.t())], new Dictionary<string, string>()); // columns, so not in row order

        using var file = new SafetensorsFile(path);
        Tensor read = zeros(5000, 1000);
        file.CopyTo("numbers", read);

        Assert.True(read.equal(numbers.t().to(ScalarType.Float32)).all().item<bool>());
    }
}
