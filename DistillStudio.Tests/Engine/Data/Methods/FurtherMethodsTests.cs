using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Data.Methods;

/// <summary>The methods of later papers: their tasks, and the rows that they learn from.</summary>
public class FurtherMethodsTests
{
    private static readonly T5Tokenizer Tokenizer = T5Tokenizer.Load(
        FixtureFolder.Find("tokenizer", "real.spiece.model"));

    [Fact]
    public void Encode_LabelThenRationale_ClosesTheLabelWhereGenerationStops()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.LabelThenRationale, 0.5);
        EncodedTask task = Assert.Single(Encoder(method).Encode("Where?", "the river", "Beavers build dams."))!;

        Assert.Equal([.. Tokenizer.Encode("the river"), .. Tokenizer.Encode("Beavers build dams.")], task.Tokens.Target);
        Assert.Equal(Tokenizer.Encode("Beavers build dams.").Length, task.RationaleTokens);
        Assert.Equal(("the river", null), method.ReadLabel("the river"));
        Assert.Equal(0, method.FindLabel("the river"));
    }

    [Fact]
    public void Encode_LabelThenRationaleTooLongOrMissing_KeepsTheLabelWhole()
    {
        MethodEncoder encoder = Encoder(DistillationMethod.Create(MethodNames.LabelThenRationale, 0.5));
        EncodedTask cut = encoder.Encode("x", "river", string.Join(' ', Enumerable.Repeat("because", 400)))[0]!;
        EncodedTask alone = encoder.Encode("x", "river", null)[0]!;

        int[] label = Tokenizer.Encode("river");
        Assert.Equal(MethodEncoder.MaxTargetLength, cut.Tokens.Target.Length);
        Assert.Equal(label, cut.Tokens.Target[..label.Length]);
        Assert.Equal(T5Tokenizer.EndId, cut.Tokens.Target[^1]);
        Assert.Equal(label, alone.Tokens.Target);
        Assert.Equal(0, alone.RationaleTokens);
    }

    [Fact]
    public void Encode_ManyRationales_SharesTheWeightAmongThoseThatTheRowHas()
    {
        DistillationMethod method = DistillationMethod.Create(
            MethodNames.ManyRationales, 0.25, [new("a", 1), new("a.2", 1), new("a.3", 1)]);
        EncodedTask?[] tasks = Encoder(method).Encode(Row("first", null, "third"));

        Assert.Equal([1, 0.5, null, 0.5], tasks.Select(task => task?.Share));
        Assert.Equal("explain: x", Tokenizer.Decode(tasks[3]!.Tokens.Input));
        Assert.Equal("third", Tokenizer.Decode(tasks[3]!.Tokens.Target));
    }

    [Fact]
    public void Encode_SeveralTeachers_GivesEachAPrefixAndAWeight()
    {
        DistillationMethod method = DistillationMethod.Create(MethodNames.SeveralTeachers, 0.4, [new("palm", 0.75), new("gpt", 0.25)]);
        EncodedTask?[] tasks = Encoder(method).Encode(Row("one", "two"));

        Assert.Equal(["predict: x", "explain palm: x", "explain gpt: x"], tasks.Select(task => Tokenizer.Decode(task!.Tokens.Input)));
        Assert.Equal([0.4, 0.45, 0.15], method.Streams.Select(stream => Math.Round(stream.Weight, 12)));
        Assert.All(tasks, task => Assert.Equal(1, task!.Share));
    }

    [Fact]
    public void Select_Shuffled_GivesEveryTrainingRowTheRationaleOfAnother()
    {
        Dataset dataset = Create(50, "a");
        DataSelection selection = new(Teacher: "a", Seed: 3);
        TrainingData plain = TrainingData.Select(dataset, selection);
        TrainingData shuffled = TrainingData.Select(dataset, selection with { Change = RationaleChange.Shuffled });

        Assert.Equal(plain.Train.Select(row => row.Input), shuffled.Train.Select(row => row.Input));
        Assert.Equal(plain.Train.Select(row => row.Rationale).Order(), shuffled.Train.Select(row => row.Rationale).Order());
        Assert.All(plain.Train.Zip(shuffled.Train), pair =>
            Assert.True(pair.First.Rationale is null ? pair.Second.Rationale is null : pair.First.Rationale != pair.Second.Rationale));
        Assert.Equal(plain.Valid.Select(row => row.Rationale), shuffled.Valid.Select(row => row.Rationale));
        Assert.Equal(shuffled.Train, TrainingData.Select(dataset, selection with { Change = RationaleChange.Shuffled }).Train);
        Assert.NotEqual(shuffled.Train, TrainingData.Select(dataset, selection with { Change = RationaleChange.Shuffled, Seed = 4 }).Train);
    }

    [Fact]
    public void Select_ManyRationales_TakesTheSamplesUpToTheFirstThatIsMissing()
    {
        Dataset dataset = Create(20, "a", "a.2", "a.3", "a.5", "b");
        TrainingData all = TrainingData.Select(dataset, new(Teacher: "a") { MostRationales = int.MaxValue });

        Assert.Equal(["a", "a.2", "a.3"], all.Teachers);
        Assert.Equal(["a.2 of 1", "a.3 of 1"], all.Train.Single(row => row.Index == 1).FurtherRationales);
        Assert.Equal(["a", "a.2"], TrainingData.Select(dataset, new(Teacher: "a") { MostRationales = 2 }).Teachers);
        Assert.Equal(["b"], TrainingData.Select(dataset, new(Teacher: "b") { MostRationales = 9 }).Teachers);
    }

    [Fact]
    public void Select_SeveralTeachers_NeedsTheAnswersOfEach()
    {
        Dataset dataset = Create(20, "a", "b");
        Assert.Equal(
            ["b of 2"],
            TrainingData.Select(dataset, new(Teacher: "a") { FurtherTeachers = ["b"] }).Train.Single(row =>
                row.Index == 2).FurtherRationales);
        Assert.Contains(
            "no teacher c",
            Assert.Throws<InputException>(() => TrainingData.Select(dataset, new(Teacher: "a") { FurtherTeachers = ["c"] })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Select_KeyTokens_ReducesRationalesInEverySplit()
    {
        TrainingData data = TrainingData.Select(Create(20, "a"), new(Teacher: "a") { Change = RationaleChange.KeyTokens });
        Assert.All(data.Train.Concat(data.Valid).Concat(data.Test), row =>
            Assert.Equal(row.Index % 7 == 6 ? null : $"{row.Index}", row.Rationale));
    }

    private static MethodEncoder Encoder(DistillationMethod method) => new(method, Tokenizer, 1024);

    private static TrainingRow Row(params string?[] rationales) =>
        new(0, "x", "y", "y", null, rationales[0]) { FurtherRationales = rationales[1..] };

    /// <summary>A dataset in which every seventh rationale is blank; "a of 3" is teacher a's answer for row 3.</summary>
    private static Dataset Create(int count, params string[] teachers)
    {
        Row[] rows = [.. Enumerable.Range(0, count).Select(i => new Row($"input {i}", $"label {i}"))];
        Dictionary<string, IReadOnlyList<TeacherAnswer>> answers = teachers.ToDictionary(
            teacher => teacher,
            teacher =>
                (IReadOnlyList<TeacherAnswer>)[.. rows.Select((row, i) => new TeacherAnswer(i % 7 == 6 ? " " : $"{teacher} of {i}", row.Label))]);
        return new(
            "svamp", TaskKind.Equation,
            new[] { Dataset.Train, Dataset.Test }.ToDictionary(split => split, split => new Split(split, rows, answers)));
    }
}
