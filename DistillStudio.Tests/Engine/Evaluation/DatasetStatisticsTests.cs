using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation;

namespace DistillStudio.Tests.Engine.Evaluation;

public sealed class DatasetStatisticsTests
{
    [Theory]
    [Trait("Needs", "shared")]
    [InlineData("cqa")]
    [InlineData("svamp")]
    public void Of_RealDataset_GivesTheOriginalsFigures(string name)
    {
        Dataset dataset = DatasetReader.Load(name, SharedFolder.Find("data"));
        DatasetStatistics statistics = DatasetStatistics.Of(dataset);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "llm_parse.json")));
        foreach (string split in (string[])["train", "test"])
        {
            JsonElement figures = expected.RootElement.GetProperty($"{name}.{split}");
            SplitStatistics found = statistics.Splits[split];
            TeacherStatistics palm = found.Teachers["palm"];
            Assert.Equal(figures.GetProperty("n_gt").GetInt32(), found.Rows);
            Assert.Equal(figures.GetProperty("n_llm").GetInt32(), palm.Rows);
            Assert.Equal(figures.GetProperty("llm_accuracy").GetDouble(), palm.Accuracy, 1e-12);
            Assert.Equal(figures.GetProperty("blank_labels").GetInt32(), palm.BlankLabels);
            Assert.Equal(figures.GetProperty("empty_rationales").GetInt32(), palm.EmptyRationales);
            Assert.Equal(figures.GetProperty("rationale_chars").GetInt64(), palm.RationaleChars);
            Assert.Equal(figures.GetProperty("label_chars").GetInt64(), palm.LabelChars);
            TeacherAnswer first = dataset.Splits[split].Teachers["palm"][0];
            Assert.Equal(figures.GetProperty("first").GetProperty("rationale").GetString(), first.Rationale);
            Assert.Equal(figures.GetProperty("first").GetProperty("label").GetString(), first.Label);
        }
    }
}
