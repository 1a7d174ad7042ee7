using System.Diagnostics;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Engine.Runtime.Files;

public sealed class FileLockTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string LockPath => _folder["lock"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryTake_WhileTaken_IsNullAndFreeAgainAfterwardsWithoutAFile()
    {
        using (FileLock? taken = FileLock.TryTake(LockPath))
        {
            Assert.NotNull(taken);
            Assert.True(FileLock.IsHeld(LockPath));
            Assert.Null(FileLock.TryTake(LockPath));
        }

        Assert.False(FileLock.IsHeld(LockPath));
        Assert.False(File.Exists(LockPath));
    }

    [Fact]
    public void HolderOf_TakenAndFree_IsTheProcessAndNone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells who holds a lock.");
        Assert.Null(FileLock.HolderOf(LockPath));
        using (FileLock.TryTake(LockPath, isKept: true))
        {
            Assert.Equal(Environment.ProcessId, FileLock.HolderOf(LockPath));
            File.WriteAllText(_folder["other"], "");
            Assert.Null(FileLock.HolderOf(_folder["other"]));
        }

        Assert.Null(FileLock.HolderOf(LockPath));
    }

    [Fact]
    public void TryTake_FileLeftByAKilledHolder_IsTaken()
    {
        File.WriteAllText(LockPath, "");

        Assert.False(FileLock.IsHeld(LockPath));
        using FileLock? taken = FileLock.TryTake(LockPath);
        Assert.NotNull(taken);
    }

    [Fact]
    public void IsHeld_AskedByManyThreadsAtOnce_TheyAreNotTakenForAHolder()
    {
        File.WriteAllText(LockPath, "");
        int held = 0;

        Parallel.For(0, 20_000, _ =>
        {
            if (FileLock.IsHeld(LockPath))
            {
                Interlocked.Increment(ref held);
            }
        });

        Assert.Equal(0, held);
    }

    [Fact]
    public void Dispose_FileIsANewHoldersMeanwhile_LeavesIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows deletes no open file.");
        FileLock first = FileLock.TryTake(LockPath)!;
        File.Delete(LockPath);
        using FileLock? second = FileLock.TryTake(LockPath);

        first.Dispose();

        Assert.NotNull(second);
        Assert.True(FileLock.IsHeld(LockPath));
    }

    [Fact]
    public async Task TryTake_ManyThreadsAtOnce_NeverTwoHoldIt()
    {
        int holders = 0, most = 0, times = 0;
        void Contend()
        {
            for (int i = 0; i < 50; i++)
            {
                using FileLock? taken = FileLock.TryTake(LockPath);
                if (taken is null)
                {
                    continue;
                }

                int now = Interlocked.Increment(ref holders);
                most = Math.Max(most, now);
                times++;
                Interlocked.Decrement(ref holders);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Contend, TestContext.Current.CancellationToken)));

        Assert.Equal(1, most);
        Assert.InRange(times, 1, 200);
    }

    [Fact]
    public async Task IsHeld_ByAnotherProcess_UntilItIsKilled()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "This system has no flock command to stand for another process.");
        using Process other = Process.Start("/usr/bin/flock", ["--no-fork", LockPath, "sleep", "60"])!;
        await Eventually.Holds(() => FileLock.IsHeld(LockPath));
        Assert.Null(FileLock.TryTake(LockPath));

        other.Kill(entireProcessTree: true);

        await Eventually.Holds(() => !FileLock.IsHeld(LockPath));
    }
}
