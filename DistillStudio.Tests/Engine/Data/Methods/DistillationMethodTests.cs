using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Data.Methods;

public class DistillationMethodTests
{
    private static readonly T5Tokenizer Tokenizer = T5Tokenizer.Load(FixtureFolder.Find("tokenizer", "real.spiece.model"));

    [Fact]
    public void Encode_StepByStep_GivesTwoTasksDistinguishedByPrefix()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.TaskPrefix, alpha: 0.3);
        EncodedTask?[] tasks = new MethodEncoder(method, Tokenizer, 1024).Encode("Where do beavers live?", "river", "Beavers build dams.");

        Assert.Equal("predict: Where do beavers live?", Tokenizer.Decode(tasks[0]!.Tokens.Input));
        Assert.Equal("river", Tokenizer.Decode(tasks[0]!.Tokens.Target));
        Assert.Equal("explain: Where do beavers live?", Tokenizer.Decode(tasks[1]!.Tokens.Input));
        Assert.Equal("Beavers build dams.", Tokenizer.Decode(tasks[1]!.Tokens.Target));
        Assert.Equal([0.3, 0.7], method.Streams.Select(s => s.Weight));
        Assert.Equal([0, tasks[1]!.Tokens.Target.Length], tasks.Select(t => t!.RationaleTokens));
    }

    [Fact]
    public void Encode_StepByStepWithoutRationale_TeachesOnlyTheLabel()
    {
        EncodedTask?[] tasks =
            new MethodEncoder(DistillationMethod.Create(MethodNames.TaskPrefix, 0.5), Tokenizer, 1024).Encode("x", "y", null);
        Assert.NotNull(tasks[0]);
        Assert.Null(tasks[1]);
    }

    [Fact]
    public void Encode_Standard_IsTheBareInput()
    {
        EncodedTask task = Assert.Single(
            new MethodEncoder(DistillationMethod.Create(MethodNames.Standard, 0.5), Tokenizer, 1024).Encode("Where?", "river", "why"))!;
        Assert.Equal(Tokenizer.Encode("Where?"), task.Tokens.Input);
        Assert.Equal(0, task.RationaleTokens);
    }

    [Fact]
    public void Encode_SingleTask_WritesTheRationaleThenTheLabelAndReadsThemBack()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.SingleTask, 0.5);
        EncodedTask task = Assert.Single(new MethodEncoder(method, Tokenizer, 1024).Encode("Where?", "the river", "Beavers build dams."))!;

        string written = Tokenizer.Decode(task.Tokens.Target);
        Assert.Equal("Beavers build dams. So the answer is the river", written);
        Assert.Equal(("the river", "Beavers build dams."), method.ReadLabel(written));
        Assert.Equal(Tokenizer.Encode("the river"), task.Tokens.Target[task.RationaleTokens..]);
    }

    [Fact]
    public void Encode_SingleTaskTooLong_CutsTheRationaleAndKeepsTheLabel()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.SingleTask, 0.5);
        string rationale = string.Join(' ', Enumerable.Repeat("because", 400));
        EncodedTask task = Assert.Single(new MethodEncoder(method, Tokenizer, 1024).Encode("Where?", "river", rationale))!;

        Assert.Equal(MethodEncoder.MaxTargetLength, task.Tokens.Target.Length);
        Assert.Equal("river", method.ReadLabel(Tokenizer.Decode(task.Tokens.Target)).Label);
    }

    [Fact]
    public void ReadLabel_SingleTaskWithoutMarker_HasNoLabel() =>
        Assert.Equal(("", "rambling"), DistillationMethod.Create(MethodNames.SingleTask, 0.5).ReadLabel("rambling"));

    [Fact]
    public void Encode_InputOverTheLimit_IsCutWithItsEndToken()
    {
        EncodedTask task = Assert.Single(
            new MethodEncoder(DistillationMethod.Create(MethodNames.Standard, 0.5), Tokenizer, 8).Encode(new string('a', 500), "y", null))!;
        Assert.Equal(8, task.Tokens.Input.Length);
        Assert.Equal(T5Tokenizer.EndId, task.Tokens.Input[^1]);
    }

    [Fact]
    public void Create_UnknownName_IsRefused() => Assert.Throws<ArgumentException>(() => DistillationMethod.Create("step_by_step", 0.5));
}
