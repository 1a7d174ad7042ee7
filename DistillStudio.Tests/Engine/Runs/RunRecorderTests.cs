using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Runs;

public sealed class RunRecorderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Record_SeveralEvents_NumbersThemAndWritesOneLineEach()
    {
        RunFolder folder = RunFolder.Create(_folder.Path, new RunSpec { Dataset = "cqa", FromPretrained = "m" }, DateTimeOffset.UnixEpoch);
        var observer = new RecordingObserver();
        using (var recorder = new RunRecorder(folder.EventsPath, [observer], TimeProvider.System))
        {
            recorder.Log(LogSeverity.Warning, "a <b> \"c\"\nd");
            recorder.Record(RunScript.Step(1, RunScript.Spec()) with { RationaleLoss = double.NaN });
        }

        RunEvent[] read =
            [.. File.ReadAllLines(folder.EventsPath).Select(l => JsonSerializer.Deserialize<RunEvent>(l, EngineJson.Events)!)];
        Assert.Equal(observer.Events, read);
        Assert.Equal([1L, 2], read.Select(e => e.Number));
    }

    [Fact]
    public void Record_ExistingFile_AppendsAfterItsLastNumber()
    {
        RunFolder folder = RunFolder.Create(_folder.Path, new RunSpec { Dataset = "cqa", FromPretrained = "m" }, DateTimeOffset.UnixEpoch);
        using (var first = new RunRecorder(folder.EventsPath, [], TimeProvider.System))
        {
            first.Log(LogSeverity.Information, "one");
        }

        using (var second = new RunRecorder(folder.EventsPath, [], TimeProvider.System))
        {
            second.Log(LogSeverity.Information, "two");
            Assert.Equal(2, second.LastNumber);
        }

        Assert.Equal(2, File.ReadAllLines(folder.EventsPath).Length);
    }

    [Fact]
    public void Create_SameSecondTwice_GivesTwoFoldersThatOpen()
    {
        var spec = new RunSpec { Dataset = "../ev il", FromPretrained = "m", Alpha = 0.25, LabelSource = LabelSource.Llm };
        RunFolder one = RunFolder.Create(_folder.Path, spec, DateTimeOffset.UnixEpoch);
        RunFolder two = RunFolder.Create(_folder.Path, spec, DateTimeOffset.UnixEpoch);
        Assert.NotEqual(one.Path, two.Path);
        Assert.Equal(_folder.Path, Path.GetDirectoryName(one.Path));
        Assert.Equal(spec, RunFolder.Open(one.Path).ReadSpec());
        Assert.Contains("\"label_type\": \"llm\"", File.ReadAllText(one.SpecPath), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_UnderAFile_IsRefusedWithTheFix()
    {
        string file = Path.Combine(_folder.Path, "file");
        File.WriteAllText(file, "");

        InputException e = Assert.Throws<InputException>(
            () => RunFolder.Create(
                Path.Combine(file, "runs"), new RunSpec { Dataset = "cqa", FromPretrained = "m" }, DateTimeOffset.UnixEpoch));

        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.EndsWith("make it writable, free some space, or choose another home with --home.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progressed_OfAnOlderProgram_ReadsWithoutWhatItDidNotMeasure()
    {
        const string Old =
            """{"event":"progressed","step":7,"labelLoss":2,"rationaleLoss":null,"loss":2,"learningRate":1E-05,"gradientNorm":1,"examples":64,"epoch":0.1,"seconds":0.5,"tokens":900,"memoryBytes":1048576,"number":3,"time":"2025-01-02T03:04:05+00:00"}""";

        StepCompleted step = Assert.IsType<StepCompleted>(JsonSerializer.Deserialize<RunEvent>(Old, EngineJson.Events));

        Assert.Null(step.CpuCores);
        Assert.Null(step.GpuUse);
        Assert.Equal(Old, JsonSerializer.Serialize<RunEvent>(step, EngineJson.Events)); // and is written as before
        string json = JsonSerializer.Serialize<RunEvent>(step with { CpuCores = 1.75, GpuUse = 0.5 }, EngineJson.Events);
        Assert.Equal(step with { CpuCores = 1.75, GpuUse = 0.5 }, JsonSerializer.Deserialize<RunEvent>(json, EngineJson.Events));
    }
}
