using System.Buffers.Binary;
using DistillStudio.Engine.Metrics;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.TensorBoard;
using Google.Protobuf;

namespace DistillStudio.Tests.Jobs;

/// <summary>Event files as other programs write them become curves of a run.</summary>
public sealed class CurvesImportTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_OriginalsRun_ItsCurvesAndRemarksAreARunWithoutSettings(bool asTensors)
    {
        string file = Put("exp1/events.out.tfevents.1700000000.host", asTensors,
            (10, "train/loss", 2), (10, "train/learning_rate", 5e-5), (10, "train/epoch", 0.5), (20, "train/loss", 1),
            (20, "train/epoch", 1),
            (20, "eval/test_accuracy", 0.25), (20, "eval/test_loss", 1.5), (20, "eval/test_runtime", 9), (20, "train/total_flos", 1e15));
        RunSummary run = Assert.Single(
            new RunImport(_folder.Home).ImportCurves([Path.GetDirectoryName(file)!], null, _ => { }, CancellationToken.None));
        Assert.Equal(("exp1", RunState.Finished, 20, true), (run.Title, run.State, run.Step, run.Spec.IsCurvesOnly));
        Assert.Equal((1.0, 0.25, (double?)null), (run.Loss!.Value, run.LastValidAccuracy!.Value, run.LabelLoss));
        Assert.Contains(CurvesImport.Tag, run.Tags);
        Assert.DoesNotContain(SettingsTable.OfResult, setting => setting.Applies(run.Spec));

        RunEvent[] events = [.. RunArchive.Events(run)];
        StepCompleted[] steps = [.. events.OfType<StepCompleted>()];
        Assert.Equal([(10, 2.0, 0.5), (20, 1.0, 1.0)], steps.Select(step => (step.Step, step.Loss, step.Epoch)));
        Assert.Equal(
            [5e-5, null],
            steps.Select(step => StepColumn.LearningRate.Read(step, 0)).Select(
                rate => rate is { } known ? Math.Round(known, 9) : (double?)null));
        Assert.All(steps, step => Assert.Null(StepColumn.LabelLoss.Read(step, 0)));
        Assert.Equal([(20, 0.25, 1.5)], events.OfType<EvaluationCompleted>().Select(look => (look.Step, look.Accuracy, look.Loss)));
        string[] remarks = [.. events.OfType<Logged>().Select(line => line.Message)];
        Assert.Contains("measured on the test rows", remarks[0], StringComparison.Ordinal);
        Assert.Contains("eval/test_runtime, train/total_flos", remarks[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Import_RunThatWasResumed_LaterFilesReplaceTheirSteps()
    {
        Put("r/events.out.tfevents.1.host", false, (1, "loss", 5), (2, "loss", 4), (3, "loss", 9));
        string second = Put("r/events.out.tfevents.2.host", false, (3, "loss", 3), (4, "loss", 2));
        using (FileStream cut = File.OpenWrite(second))
        {
            cut.SetLength(cut.Length - 3); // the run was killed while it wrote
        }

        RunSummary run = Assert.Single(new RunImport(_folder.Home).ImportCurves([_folder["r"]], "mine", _ => { }, CancellationToken.None));
        Assert.Equal([5.0, 4, 3], RunArchive.Events(run).OfType<StepCompleted>().Select(step => step.Loss));
        Assert.Equal("mine", run.Title);
    }

    [Fact]
    public async Task Import_OwnExport_GivesTheSameCurves()
    {
        using var written = new MemoryStream();
        using (var file = new TensorBoardFile(written, DateTimeOffset.UnixEpoch))
        {
            file.Write(
                DateTimeOffset.UnixEpoch.AddDays(1), 1, [("label_loss", 2), ("rationale_loss", 3), ("loss", 5), ("gradient_norm", 7)]);
            file.Write(DateTimeOffset.UnixEpoch.AddDays(1), 1, [("valid_label_loss", 2.5), ("valid_accuracy", 0.5)]);
        }

        Directory.CreateDirectory(_folder["own"]);
        await File.WriteAllBytesAsync(
            Path.Combine(_folder["own"], "events.out.tfevents.1.distillstudio"), written.ToArray(), TestContext.Current.CancellationToken);
        CommandResult result = await InProcess.RunAsync(["runs", "import", _folder["own"], "--home", _folder.Home.Path]);
        Assert.Equal((0, true), (result.ExitCode, result.Out.Contains("Imported the curves of own", StringComparison.Ordinal)));
        RunSummary run = Assert.Single(new RunArchive(_folder.Home).List(_ => { }));
        StepCompleted step = Assert.Single(RunArchive.Events(run).OfType<StepCompleted>());
        Assert.Equal((2.0, 3.0, 5.0, 7.0), (step.LabelLoss, step.RationaleLoss!.Value, step.Loss, step.GradientNorm));
        EvaluationCompleted look = Assert.Single(RunArchive.Events(run).OfType<EvaluationCompleted>());
        Assert.Equal((2.5, 0.5), (look.LabelLoss, look.Accuracy));

        CommandResult shown = await InProcess.RunAsync(["runs", "show", "own", "--home", _folder.Home.Path]);
        Assert.DoesNotContain("started with", shown.Out, StringComparison.Ordinal);
        CommandResult compared = await InProcess.RunAsync(["runs", "compare", "own", run.Folder, "--home", _folder.Home.Path]);
        Assert.NotEqual(0, compared.ExitCode);
        CommandResult report = await InProcess.RunAsync(
            ["runs", "report", "own", "--home", _folder.Home.Path, "--out", _folder["report.html"]]);
        Assert.True(report.ExitCode == 0, report.Error);
    }

    [Theory]
    [InlineData("no/events.out.tfevents.1.x", "PK this is a text", "is not a TensorBoard event file")]
    [InlineData("no/notes.txt", "", "holds no event file of TensorBoard")]
    public void Import_OtherFile_IsRefusedInOneSentenceAndNothingIsImported(string name, string text, string words)
    {
        _folder.Write(name, text);
        string message = Assert.Throws<InputException>(
            () => new RunImport(_folder.Home).ImportCurves([_folder["no"]], null, _ => { }, CancellationToken.None)).Message;
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(_folder.Home.Runs) ? Directory.EnumerateFileSystemEntries(_folder.Home.Runs) : []);
    }

    [Fact]
    public void Import_DamagedRecord_NamesThePlace()
    {
        string file = Put("d/events.out.tfevents.1.x", false, (1, "loss", 1), (2, "loss", 2));
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^8] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Contains(
            "damaged at byte",
            Assert.Throws<InputException>(
                () => new RunImport(_folder.Home).ImportCurves([file], null, _ => { }, CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Import_FolderOfRuns_IsARunEach()
    {
        Put("all/a/events.out.tfevents.1.x", false, (1, "loss", 1), (1, "val_acc", 87.5));
        Put("all/b/events.out.tfevents.1.x", false, (1, "loss", 1));
        Put("all/b/hparams/events.out.tfevents.2.x", false, (0, "hp_metric", 1));
        IReadOnlyList<RunSummary> runs = new RunImport(_folder.Home).ImportCurves([_folder["all"]], null, _ => { }, CancellationToken.None);
        Assert.Equal(["a", "b"], runs.Select(run => run.Title));
        Assert.Equal(0.875, runs[0].LastValidAccuracy);
        Assert.Throws<InputException>(
            () => new RunImport(_folder.Home).ImportCurves([_folder["all"]], "x", _ => { }, CancellationToken.None));
    }

    [Fact]
    public void Import_FolderWhoseLinksLeadBack_IsEachRunOnce()
    {
        Put("logs/a/events.out.tfevents.1.x", false, (1, "loss", 1));
        Put("elsewhere/b/events.out.tfevents.1.x", false, (1, "loss", 2));
        Directory.CreateSymbolicLink(_folder["logs/a/up"], "..");
        Directory.CreateSymbolicLink(_folder["logs/a/top"], _folder["logs"]);
        Directory.CreateSymbolicLink(_folder["logs/b"], _folder["elsewhere/b"]);
        IReadOnlyList<RunSummary> runs =
            new RunImport(_folder.Home).ImportCurves([_folder["logs"]], null, _ => { }, CancellationToken.None);
        Assert.Equal(["a", "b"], runs.Select(run => run.Title));
    }

    [Fact]
    public void Import_AfterOneThatWasKilled_DeletesItsRemains()
    {
        string remains = Directory.CreateDirectory(Path.Combine(_folder.Home.Runs, ".import-dead", "run")).Parent!.FullName;
        Put("a/events.out.tfevents.1.x", false, (1, "loss", 1));
        new RunImport(_folder.Home).ImportCurves([_folder["a"]], null, _ => { }, CancellationToken.None);
        Assert.False(Directory.Exists(remains));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Home.Runs));
    }

    private string Put(string name, bool asTensors, params (int Step, string Tag, double Value)[] points)
    {
        var file = new MemoryStream();
        foreach ((int step, string tag, double value) in points)
        {
            byte[] record = Message(
                output => Write(output, 1, WireFormat.WireType.Fixed64, o => o.WriteDouble(1_700_000_000 + step)),
                output => Write(output, 2, WireFormat.WireType.Varint, o => o.WriteInt64(step)),
                output => Nested(output, 5, Message(summary => Nested(summary, 1, Message(
                    each => Write(each, 1, WireFormat.WireType.LengthDelimited, o => o.WriteString(tag)),
                    each => Nested(each, asTensors ? 8 : 9, asTensors ? Tensor(value) : []),
                    each => Write(each, 2, WireFormat.WireType.Fixed32, o => o.WriteFloat((float)value), isLeftOut: asTensors))))));
            byte[] head = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)record.Length);
            file.Write(head);
            file.Write(BitConverter.GetBytes(TensorBoardReader.Masked(head)));
            file.Write(record);
            file.Write(BitConverter.GetBytes(TensorBoardReader.Masked(record)));
        }

        string path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, file.ToArray());
        return path;
    }

    private static byte[] Tensor(double value) => Message(
        tensor => Write(tensor, 1, WireFormat.WireType.Varint, o => o.WriteEnum(1)),
        tensor => Nested(tensor, 2, []),
        tensor => Nested(tensor, 4, BitConverter.GetBytes((float)value)));

    private static byte[] Message(params Action<CodedOutputStream>[] fields)
    {
        var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            fields.ToList().ForEach(field => field(output));
        }

        return bytes.ToArray();
    }

    private static void Nested(CodedOutputStream output, int field, byte[] message) =>
        Write(output, field, WireFormat.WireType.LengthDelimited, o => o.WriteBytes(ByteString.CopyFrom(message)));

    private static void Write(
        CodedOutputStream output, int field, WireFormat.WireType type, Action<CodedOutputStream> value, bool isLeftOut = false)
    {
        if (!isLeftOut)
        {
            output.WriteTag(field, type);
            value(output);
        }
    }
}
