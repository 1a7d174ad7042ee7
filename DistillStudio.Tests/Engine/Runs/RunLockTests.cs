using DistillStudio.Engine.Runs;

namespace DistillStudio.Tests.Engine.Runs;

public sealed class RunLockTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Take_WhileTaken_IsRefusedAndFreeAgainAfterwards()
    {
        Assert.False(RunLock.IsHeld(_folder.Path));

        using (RunLock.Take(_folder.Path))
        {
            Assert.True(RunLock.IsHeld(_folder.Path));
            var refusal = Assert.Throws<RunHeldException>(() => RunLock.Take(_folder.Path));
            Assert.Contains(_folder.Path, refusal.Message, StringComparison.Ordinal);
        }

        Assert.False(RunLock.IsHeld(_folder.Path));
        using (RunLock.Take(_folder.Path))
        {
            Assert.True(RunLock.IsHeld(_folder.Path));
        }
    }

    [Fact]
    public void IsHeld_FolderGone_IsFalse()
    {
        Directory.Delete(_folder.Path, recursive: true);

        Assert.False(RunLock.IsHeld(_folder.Path));
    }

    [Fact]
    public void Recorder_UntilDisposed_HoldsTheRun()
    {
        string events = _folder["events.jsonl"];

        using (new RunRecorder(events, [], TimeProvider.System))
        {
            Assert.True(RunLock.IsHeld(_folder.Path));
        }

        Assert.False(RunLock.IsHeld(_folder.Path));
    }
}
