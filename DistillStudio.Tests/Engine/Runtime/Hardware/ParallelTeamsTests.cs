using DistillStudio.Engine.Runtime.Hardware;

namespace DistillStudio.Tests.Engine.Runtime.Hardware;

public sealed class ParallelTeamsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1, 9, true)]
    [InlineData(1, 3, 9, false)]
    [InlineData(2, 2, 9, true)]
    [InlineData(3, 2, 9, false)]
    [InlineData(8, 1, 3, false)]
    [InlineData(2, 1, 0, false)]
    public void Run_Teams_ExecutesEachPartOnceWithTheTeamsThreads(int teams, int size, int parts, bool usesLibtorch)
    {
        int before = ParallelTeam.Size;
        int[] done = new int[parts];
        int[] sizes = new int[parts];
        ParallelTeams.Run(
            teams, size, usesLibtorch, parts,
            (part, _) =>
            {
                Interlocked.Increment(ref done[part]);
                sizes[part] = ParallelTeam.Size;
            },
            Cancellation);

        Assert.All(done, times => Assert.Equal(1, times));
        Assert.All(sizes, each => Assert.Equal(size, each));
        Assert.Equal(before, ParallelTeam.Size);
        Assert.Equal(before, OnNewThread(() => ParallelTeam.Size)); // and later threads are not limited to a team's
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Run_PartFails_EndsTheOthersAndThrowsItsException(int teams)
    {
        int before = ParallelTeam.Size;
        var failure = new InvalidDataException("part 1 failed");
        int ended = 0;
        Exception thrown = Assert.Throws<InvalidDataException>(() => ParallelTeams.Run(
            teams, 1, usesLibtorch: false, 40,
            (part, stop) =>
            {
                if (part == 1)
                {
                    throw failure;
                }

                if (part > 1)
                {
                    stop.WaitHandle.WaitOne(); // a long part, which looks at its token
                    stop.ThrowIfCancellationRequested();
                }

                Interlocked.Increment(ref ended);
            },
            Cancellation));

        Assert.Same(failure, thrown);
        Assert.Equal(1, ended);
        Assert.Equal(before, ParallelTeam.Size);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_Cancelled_EndsWithTheCallersToken(int teams)
    {
        using var cancelled = new CancellationTokenSource();
        int begun = 0;
        OperationCanceledException thrown = Assert.Throws<OperationCanceledException>(() => ParallelTeams.Run(
            teams, 1, usesLibtorch: false, 40,
            (_, stop) =>
            {
                Interlocked.Increment(ref begun);
                cancelled.Cancel();
                stop.ThrowIfCancellationRequested();
            },
            cancelled.Token));

        Assert.Equal(cancelled.Token, thrown.CancellationToken);
        Assert.InRange(begun, 1, teams);
    }

    [Fact]
    public void Run_CancelledBefore_ExecutesNothing()
    {
        foreach (int teams in (int[])[1, 2])
        {
            Assert.Throws<OperationCanceledException>(() => ParallelTeams.Run(
                teams, 1, usesLibtorch: false, 5, (_, _) => Assert.Fail("executed"), new CancellationToken(canceled: true)));
        }
    }

    private static int OnNewThread(Func<int> value)
    {
        int result = 0;
        var thread = new Thread(() => result = value());
        thread.Start();
        thread.Join();
        return result;
    }
}
