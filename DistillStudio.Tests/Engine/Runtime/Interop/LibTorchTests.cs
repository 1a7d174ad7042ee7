using System.Globalization;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Engine.Runtime.Interop;

public sealed class LibTorchTests
{
    private const string HugePages = "/sys/kernel/mm/transparent_hugepage/enabled";

    [Fact]
    public void LargeTensor_WhereTheKernelHasHugePages_AsksForThem()
    {
        Assert.SkipUnless(
            SystemFiles.ReadLines(HugePages).Any(state => !state.Contains("[never]", StringComparison.Ordinal)), "The kernel has none.");
        using Tensor large = zeros(32 << 20);

        Assert.Contains("hg", FlagsOf(TensorMemory.AddressOf(large)));
    }

    /// <summary>Returns the kernel's flags of the mapping that holds an address.</summary>
    private static string[] FlagsOf(nint address)
    {
        bool isMapping = false;
        foreach (string line in SystemFiles.ReadLines("/proc/self/smaps"))
        {
            string first = line.Split(' ')[0];
            if (first.Split('-') is [var start, var end] && ulong.TryParse(start, NumberStyles.HexNumber, null, out ulong from))
            {
                ulong to = ulong.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                isMapping = from <= (ulong)address && (ulong)address < to;
            }
            else if (isMapping && first == "VmFlags:")
            {
                return line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
        }

        return [];
    }
}
