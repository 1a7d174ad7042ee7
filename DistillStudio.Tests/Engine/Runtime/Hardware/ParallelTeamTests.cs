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
}
