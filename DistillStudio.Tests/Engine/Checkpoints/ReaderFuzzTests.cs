using System.Text;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Tests.Engine.Model;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Checkpoints;

/// <summary>Files with random faults: a reader either takes one or refuses it with a sentence, and never takes much memory.</summary>
public sealed class ReaderFuzzTests
{
    private const int Rounds = 2000;
    private const int AllowedBytes = 4 << 20;

    [Fact]
    public void SafetensorsFile_WithRandomFaults_EscapesOnlyAsInputException()
    {
        using var folder = new ModelFolder();
        string path = folder[ModelFolder.Safetensors];
        SafetensorsFile.Write(path, [("first", ones(2, 3)), ("second", ones(4)), ("third", ones(1, ScalarType.Int64))], new Dictionary<string, string> { ["format"] = "pt" });
        byte[] sound = File.ReadAllBytes(path);

        Fuzz(path, random => Spoil(sound, random), file => new SafetensorsFile(file));
    }

    [Fact]
    public void PyTorchFile_WithRandomFaultsInItsPickle_EscapesOnlyAsInputException()
    {
        using var folder = new ModelFolder();
        byte[] sound = PickleWriter.StateDict(("first", "0", 8, 0, [2, 4], [4, 1]), ("second", "1", 2, 0, [2], [1]));
        var storages = new Dictionary<string, byte[]> { ["0"] = new byte[32], ["1"] = new byte[8] };

        Fuzz(folder[ModelFolder.PyTorch], random => ModelFolder.TorchZip(Spoil(sound, random), storages), file => new PyTorchFile(file));
    }

    [Fact]
    public void PyTorchFile_WithRandomFaultsInItsZip_EscapesOnlyAsInputException()
    {
        using var folder = new ModelFolder();
        byte[] sound = ModelFolder.TorchZip(PickleWriter.StateDict(("first", "0", 8, 0, [2, 4], [4, 1])), new Dictionary<string, byte[]> { ["0"] = new byte[32] });

        Fuzz(folder[ModelFolder.PyTorch], random => Spoil(sound, random), file => new PyTorchFile(file));
    }

    [Fact]
    public void T5ConfigFile_WithRandomFaults_EscapesOnlyAsInputException()
    {
        using var folder = new ModelFolder();
        string path = folder[ModelFolder.Config];
        byte[] sound = Encoding.UTF8.GetBytes(T5ConfigFile.Write(T5Tests.Small));

        Fuzz(path, random => Spoil(sound, random), file => Assert.InRange(T5ConfigFile.Read(file).ParameterCount, 1, 50_000_000_000));
    }

    private static void Fuzz(string path, Func<Random, byte[]> makeFile, Func<string, IWeightReader> open) =>
        Fuzz(path, makeFile, file =>
        {
            using IWeightReader reader = open(file);
            foreach ((string name, WeightInfo info) in reader.Weights)
            {
                Assert.InRange(info.Count, 0, new FileInfo(file).Length);
                using Tensor tensor = empty([.. info.Shape]);
                reader.CopyTo(name, tensor);
            }
        });

    private static void Fuzz(string path, Func<Random, byte[]> makeFile, Action<string> read)
    {
        int taken = 0;
        for (int round = 0; round < Rounds; round++)
        {
            File.WriteAllBytes(path, makeFile(new Random(round)));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(path);
                taken++;
            }
            catch (InputException e)
            {
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Round {round}: {e}");
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllowedBytes);
        }

        Assert.InRange(taken, 1, Rounds - 1); // both outcomes were seen
    }

    /// <summary>One to four faults: a changed bit, byte or digit, a cut, a doubled or a lost stretch.</summary>
    private static byte[] Spoil(byte[] sound, Random random)
    {
        List<byte> bytes = [.. sound];
        for (int fault = random.Next(1, 5); fault > 0 && bytes.Count > 0; fault--)
        {
            int place = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, 16), bytes.Count - place);
            switch (random.Next(6))
            {
                case 0:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[place] = Encoding.ASCII.GetBytes("0123456789-[]{}\",")[random.Next(17)];
                    break;
                case 3:
                    bytes.RemoveRange(place, length);
                    break;
                case 4:
                    bytes.InsertRange(place, bytes.GetRange(place, length));
                    break;
                default:
                    bytes.RemoveRange(place, random.Next(20) == 0 ? bytes.Count - place : 1);
                    break;
            }
        }

        return [.. bytes];
    }
}
