using DistillStudio.Engine.Runtime;
using DistillStudio.TensorBoard;

namespace DistillStudio.Tests.TensorBoard;

public sealed class LiveTensorBoardTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OnEvent_EachStep_CanBeReadAtOnce()
    {
        using var board = LiveTensorBoard.Open(_folder.Path, "run", Assert.Fail);
        board.OnEvent(RunScript.Step(1, RunScript.Spec()));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "run")));
        Assert.Equal([1L], StepsIn(file));

        board.OnEvent(RunScript.Step(2, RunScript.Spec()));
        Assert.Equal([1L, 2L], StepsIn(file));
    }

    [Fact]
    public void Open_SameRunAgain_WritesAFurtherFile()
    {
        LiveTensorBoard.Open(_folder.Path, "run", Assert.Fail).Dispose();
        LiveTensorBoard.Open(_folder.Path, "run", Assert.Fail).Dispose();
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder.Path, "run"), "events.out.tfevents.*").Length);
    }

    [Fact]
    public void Open_PlaceOfAFile_IsRefusedInASentence()
    {
        string file = _folder["taken"];
        File.WriteAllText(file, "");
        Assert.Contains(
            "--tensorboard", Assert.Throws<InputException>(() => LiveTensorBoard.Prepare(file)).Message, StringComparison.Ordinal);
        Assert.Contains(
            file, Assert.Throws<InputException>(() => LiveTensorBoard.Open(file, "run", Assert.Fail)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_WithTensorBoard_WritesTheRunsCurvesIntoItsFolder()
    {
        using var world = new SmallWorld();
        string boards = Path.Combine(world.Root, "boards");

        Assert.Equal(0, (await ProgramRun.ToEndAsync(world.Train("--tensorboard", boards))).ExitCode);

        string run = Path.GetFileName(Assert.Single(world.RunFolders()));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(boards, run)));
        TensorBoardReader read = TensorBoardReader.Read(File.ReadAllBytes(file));
        Assert.Equal(Enumerable.Range(1, 12).Select(step => (long)step), StepsIn(file));
        Assert.Equal([6L, 12L], read.Points.Where(point => point.Tag == "valid_accuracy").Select(point => point.Step));
        Assert.Equal(12, read.Points.Count(point => point.Tag == "rationale_loss"));
    }

    private static IEnumerable<long> StepsIn(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return TensorBoardReader.Read(bytes).Points.Where(point => point.Tag == "loss").Select(point => point.Step);
    }
}
