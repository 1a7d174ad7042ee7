using System.Runtime.InteropServices;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Tests.Engine.Runtime.Interop;

public sealed class NativeGuardTests
{
    private static readonly nint Cpp = NativeLibrary.TryLoad("libstdc++.so.6", out nint library) ? library : 0;

    public NativeGuardTests() => Assert.SkipUnless(NativeGuard.IsAvailable, "Needs Linux on an x64 processor.");

    [Fact]
    public unsafe void Call_FunctionThatThrows_BecomesAnExceptionWithItsMessage()
    {
        nint thrower = NativeLibrary.GetExport(Cpp, "_ZSt20__throw_out_of_rangePKc"); // std::__throw_out_of_range(const char*)
        nint text = Marshal.StringToCoTaskMemUTF8("no such place: ü");
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal("no such place: ü", Assert.Throws<NativeException>(() => NativeGuard.Call(thrower, text)).Message);
        }

        Marshal.FreeCoTaskMem(text);
    }

    [Fact]
    public void Try_WhereExceptionsAreCaught_IsTrue() => Assert.True(NativeGuard.Try());

    [Fact]
    public void Call_FunctionThatThrowsNoStandardException_IsCaughtToo()
    {
        nint rethrow = NativeLibrary.GetExport(Cpp, "__cxa_throw_bad_array_new_length");

        Assert.Contains("bad_array", Assert.Throws<NativeException>(() => NativeGuard.Call(rethrow)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_OnManyThreads_CatchesEachOnItsOwn()
    {
        nint thrower = NativeLibrary.GetExport(Cpp, "_ZSt20__throw_out_of_rangePKc");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            nint text = Marshal.StringToCoTaskMemUTF8($"thread {i}");
            for (int turn = 0; turn < 200; turn++)
            {
                Assert.Equal($"thread {i}", Assert.Throws<NativeException>(() => NativeGuard.Call(thrower, text)).Message);
            }

            Marshal.FreeCoTaskMem(text);
        })));
    }

    [Fact]
    public void Call_FunctionOfC_GetsItsArgumentsAndReturnsItsResult()
    {
        nint libc = NativeLibrary.Load("libc.so.6");
        NativeGuard.Pair divided = NativeGuard.Call(NativeLibrary.GetExport(libc, "ldiv"), 47, 6); // ldiv_t is two registers

        Assert.Equal((7, 5), (divided.First, divided.Second));
    }
}
