using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public sealed class RunLockTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("run");

    public void Dispose()
    {
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Take_WhileTaken_IsRefusedAndFreeAgainAfterwards()
    {
        Assert.False(RunLock.IsHeld(_folder.FullName));

        using (RunLock.Take(_folder.FullName))
        {
            Assert.True(RunLock.IsHeld(_folder.FullName));
            var refusal = Assert.Throws<InputException>(() => RunLock.Take(_folder.FullName));
            Assert.Contains(_folder.FullName, refusal.Message, StringComparison.Ordinal);
        }

        Assert.False(RunLock.IsHeld(_folder.FullName));
        using (RunLock.Take(_folder.FullName))
        {
            Assert.True(RunLock.IsHeld(_folder.FullName));
        }
    }

    [Fact]
    public void IsHeld_FolderGone_IsFalse()
    {
        _folder.Delete(recursive: true);
        _folder.Refresh();

        Assert.False(RunLock.IsHeld(_folder.FullName));
    }

    [Fact]
    public void Recorder_UntilDisposed_HoldsTheRun()
    {
        string events = Path.Combine(_folder.FullName, "events.jsonl");

        using (new RunRecorder(events, [], TimeProvider.System))
        {
            Assert.True(RunLock.IsHeld(_folder.FullName));
        }

        Assert.False(RunLock.IsHeld(_folder.FullName));
    }
}
