using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Tests.Engine.Import;

/// <summary>A teacher queried for an imported dataset: prompts fit its task, and its completions are parsed like those of published
/// ones.</summary>
public sealed class ImportedTeacherTests : IDisposable
{
    private readonly ImportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(
        "question,A,B,label\nWhere?,here,there,B\n", TaskKind.MultipleChoice, "A,B", "It is far. So the answer is (b) there.", "there",
        "It is far.")]
    [InlineData(
        "question,label\nOne and two?,( 1.0 + 2.0 )\n", TaskKind.Equation, null, "Add both. The answer is (1 + 2).", "(1 + 2)",
        "Add both.")]
    [InlineData("question,label\nA. B.,1\n", TaskKind.Inference, null, "It may be. So the answer is neutral.", "neutral", "It may be.")]
    [InlineData("question,label\nWho?,the dog\n", TaskKind.Text, null, "It barks. So the answer is the dog.", "the dog", "It barks.")]
    public async Task Teacher_OfAnImportedDataset_IsQueriedAndParsed(
        string table, TaskKind task, string? choices, string completion, string label, string rationale)
    {
        ColumnMapping mapping = new(task, "{question}", "label", choices, choices is null ? ChoiceLabels.Text : ChoiceLabels.Letter);
        await ImportBench.ImportAsync(ImportBench.Plain(_bench.Request(mapping, _bench.Write("a.csv", table))));
        PromptTemplate template = BuiltInTemplates.All.First(
            t => t.Name == BuiltInTemplates.NameOf(BuiltInTemplates.KindOf(DatasetCatalog.Get("mine", _bench.DataDir).Format)));
        var rows = TeacherRows.Load(new("mine", "train", "large", _bench.DataDir, new("http://localhost:1/v1", "m"), template));

        Assert.Contains(_bench.Load().Splits["train"].Rows[0].Input.Split('\n')[0], rows.PromptOf(0).AsText(), StringComparison.Ordinal);
        CompletionReading reading = rows.Read(0, completion);
        Assert.Equal(new(rationale, label), reading.Answer);
        Assert.True(rows.Agrees(0, reading.Answer.Label));

        _bench.Write("datasets/mine/llm-large/train_CoT_0.json", JsonSerializer.Serialize(new[] { reading.Text }));
        Assert.Equal(reading.Answer, Assert.Single(_bench.Load().Splits["train"].Teachers["large"]));
    }
}
