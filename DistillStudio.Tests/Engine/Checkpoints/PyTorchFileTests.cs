using System.Runtime.InteropServices;
using DistillStudio.Engine.Checkpoints;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Checkpoints;

public sealed class PyTorchFileTests
{
    private static readonly float[] Numbers = [0, 1, 2, 3, 4, 5, 6, 7];

    [Fact]
    public void CopyTo_OfViewsThatShareAStorage_ReadsEachView()
    {
        using var folder = new ModelFolder();
        byte[] pickle = PickleWriter.StateDict(
            ("whole", "0", 8, 0, [2, 4], [4, 1]),
            ("end", "0", 8, 6, [2], [1]),
            ("transposed", "0", 8, 1, [3, 2], [1, 4]));
        folder.WritePyTorch(pickle, new Dictionary<string, byte[]> { ["0"] = [.. MemoryMarshal.AsBytes<float>(Numbers)] });

        using var file = new PyTorchFile(folder[ModelFolder.PyTorch]);

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Read(file, "whole"));
        Assert.Equal([6, 7], Read(file, "end"));
        Assert.Equal([1, 5, 2, 6, 3, 7], Read(file, "transposed"));
    }

    private static float[] Read(PyTorchFile file, string name)
    {
        using Tensor tensor = empty([.. file.Weights[name].Shape]);
        file.CopyTo(name, tensor);
        return [.. tensor.data<float>()];
    }
}
