using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Tests.Engine.Runtime.Hardware;

public sealed class ParallelTeamTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(1000, 2)]
    [InlineData(1000, 4)]
    public void Run_OfManyParts_ExecutesEachOnceAndNoWorkerTwiceAtATime(int parts, int threads)
    {
        int[] done = new int[parts];
        int[] busy = new int[threads];
        bool collided = false;
        var thread = new Thread(() => // the number of threads is kept per thread
        {
            TorchSharp.torch.set_num_threads(threads);
            ParallelTeam.Run(parts, (part, worker) =>
            {
                collided |= Interlocked.Increment(ref busy[worker]) != 1;
                Interlocked.Increment(ref done[part]);
                Interlocked.Decrement(ref busy[worker]);
            });
        });
        thread.Start();
        thread.Join();

        Assert.All(done, times => Assert.Equal(1, times));
        Assert.False(collided);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Lead_ManyShortJobs_ExecutesEachPartOnceAndNoWorkerTwiceAtATime(int size)
    {
        const int Jobs = 2000;
        int[] done = new int[7];
        int[] busy = new int[size];
        bool collided = false;
        int before = ParallelTeam.Size;
        using (ParallelTeam.Lead(size))
        {
            Assert.Equal(size, ParallelTeam.Size);
            for (int job = 0; job < Jobs; job++)
            {
                ParallelTeam.Run(done.Length, (part, worker) =>
                {
                    collided |= Interlocked.Increment(ref busy[worker]) != 1;
                    Interlocked.Increment(ref done[part]);
                    Interlocked.Decrement(ref busy[worker]);
                });
                Assert.All(done, times => Assert.Equal(job + 1, times)); // no helper is at work any more
            }
        }

        Assert.False(collided);
        Assert.Equal(before, ParallelTeam.Size);
    }

    [Fact]
    public void Lead_AfterAPause_TheSleepingHelpersJoinAgain()
    {
        using IDisposable lease = ParallelTeam.Lead(2);
        using var both = new Barrier(2);
        for (int job = 0; job < 3; job++)
        {
            // each part waits for the other: it ends only if two threads take part
            ParallelTeam.Run(2, (_, _) => both.SignalAndWait(TestContext.Current.CancellationToken));
            Thread.Sleep(5); // longer than the helper spins
        }

        Assert.Equal(3, both.CurrentPhaseNumber);
    }
}
