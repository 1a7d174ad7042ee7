using DistillStudio.Engine.Data;

namespace DistillStudio.Tests.Engine.Data;

public sealed class DatasetReaderTests
{
    [Theory]
    [Trait("Needs", "shared")]
    [InlineData("cqa", "train", 9741)]
    [InlineData("cqa", "test", 1221)]
    [InlineData("svamp", "train", 800)]
    [InlineData("svamp", "test", 200)]
    [InlineData("esnli", "valid", 30)]
    [InlineData("anli1", "valid", 30)]
    public void Load_RealFiles_HasARowAndAnAnswerForEachLine(string name, string split, int rows)
    {
        Dataset dataset = DatasetReader.Load(name, SharedFolder.Find("data"));
        Assert.Equal(rows, dataset.Splits[split].Rows.Count);
        Assert.Equal(rows, dataset.Splits[split].Teachers["palm"].Count);
    }
}
