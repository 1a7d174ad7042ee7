using System.Text;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Jobs;

public sealed class EventFileReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string EventsPath => _folder["events.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_FileThatGrowsByAnyBytes_YieldsEachEventOnce()
    {
        RunEvent[] events = [.. RunScript.Numbered(RunScript.Whole(RunScript.Spec(300)))];
        byte[] whole = Encoding.UTF8.GetBytes(string.Concat(events.Select(e => Line(e))));
        var random = new Random(3);
        List<RunEvent> read = [];
        Bookmark at = Bookmark.Start;
        for (int written = 0; written < whole.Length;)
        {
            int more = Math.Min(random.Next(1, 700), whole.Length - written);
            using (var file = new FileStream(EventsPath, FileMode.Append, FileAccess.Write, FileShare.Read))
            {
                file.Write(whole, written, more);
            }

            written += more;
            (IReadOnlyList<RunEvent> part, at) = EventFileReader.Read(EventsPath, at)!.Value;
            read.AddRange(part);
        }

        Assert.Equal(events, read, (a, b) => Line(a) == Line(b));
        Assert.Equal(whole.Length, at.Offset);
    }

    [Fact]
    public void Read_LongFile_ComesInBlocksOfWholeLines()
    {
        RunEvent[] events = [.. RunScript.Numbered(RunScript.Whole(RunScript.Spec(8000)))];
        File.WriteAllText(EventsPath, string.Concat(events.Select(e => Line(e))));
        List<RunEvent> read = [];
        int blocks = 0;
        for (Bookmark at = Bookmark.Start, before = new(-1, ""); at != before; blocks++)
        {
            before = at;
            (IReadOnlyList<RunEvent> part, at) = EventFileReader.Read(EventsPath, at)!.Value;
            read.AddRange(part);
        }

        Assert.InRange(blocks, 3, 20);
        Assert.Equal(events.Select(e => e.Number), read.Select(e => e.Number));
    }

    [Fact]
    public void Read_LineLongerThanABlock_IsReadWithItsTextCut()
    {
        string message = new('x', 3_000_000);
        File.WriteAllText(EventsPath, Line(new Logged(LogSeverity.Error, message) { Number = 1 }) + Line(new Paused(1) { Number = 2 }));

        (IReadOnlyList<RunEvent> events, _) = EventFileReader.Read(EventsPath, Bookmark.Start)!.Value;

        Assert.Equal(SettingLimits.Cut(message, SettingLimits.LongestNotes), Assert.IsType<Logged>(events[0]).Message);
        Assert.Equal(message, Assert.IsType<Logged>(EventLine.ReadAll(EventsPath).First()).Message); // what the record holds stays
    }

    [Fact]
    public void Read_LineTooLongForAnEvent_IsPassedOverWithoutHoldingIt()
    {
        using (var file = new StreamWriter(EventsPath))
        {
            file.Write(Line(new Paused(1) { Number = 1 }));
            for (int written = 0; written <= EventLine.LongestBytes * 2; written += 1 << 20)
            {
                file.Write(new string('x', 1 << 20));
            }

            file.Write("\n" + Line(new Resumed(1) { Number = 2 }));
        }

        List<RunEvent> read = [];
        Bookmark at = Bookmark.Start;
        for (int i = 0; i < 10; i++)
        {
            (IReadOnlyList<RunEvent> part, at) = EventFileReader.Read(EventsPath, at)!.Value;
            read.AddRange(part);
        }

        Assert.Equal([1L, 2L], read.Select(e => e.Number));
        Assert.Equal(new FileInfo(EventsPath).Length, at.Offset);
    }

    [Theory]
    [InlineData("{\"event\":\"progre{\"event\":\"paused\",\"step\":1,\"number\":3}")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"event\":\"from_the_future\",\"number\":3}")]
    [InlineData("{\"event\":\"paused\",\"step\":\"\\ud800\"}")]
    public void Read_LineThatIsNoEvent_IsPassedOver(string line)
    {
        File.WriteAllText(EventsPath, Line(new Paused(1) { Number = 1 }) + line + "\n" + Line(new Resumed(1) { Number = 2 }));

        (IReadOnlyList<RunEvent> events, _) = EventFileReader.Read(EventsPath, Bookmark.Start)!.Value;

        Assert.Equal([1L, 2L], events.Select(e => e.Number));
    }

    [Fact]
    public void Read_FileCutAndGrownAgain_IsNoticed()
    {
        RunEvent[] events = [.. RunScript.Numbered(RunScript.Whole(RunScript.Spec(50)))];
        File.WriteAllText(EventsPath, string.Concat(events.Select(e => Line(e))));
        Bookmark at = EventFileReader.Read(EventsPath, Bookmark.Start)!.Value.Bookmark;

        // The same lines up to the tenth, then others of the same length: dates differ.
        File.WriteAllText(EventsPath, string.Concat(events.Select(e => Line(e.Number > 10 ? e with { Time = e.Time.AddDays(1) } : e))));
        Assert.Equal(at.Offset, new FileInfo(EventsPath).Length);
        Assert.Null(EventFileReader.Read(EventsPath, at));

        File.WriteAllText(EventsPath, Line(events[0]));
        Assert.Null(EventFileReader.Read(EventsPath, at));
    }

    private static string Line(RunEvent happened) => System.Text.Json.JsonSerializer.Serialize(happened, EngineJson.Events) + "\n";
}
