using DistillStudio.Engine.Data;
using DistillStudio.Engine.Evaluation.Rationales;

namespace DistillStudio.Tests.Engine.Evaluation.Rationales;

[Trait("Needs", "shared")]
public class PublishedRationaleTests
{
    /// <summary>The teacher's label was read from the sentence after its rationale, so that what the rationale states must agree with
    /// it.</summary>
    [Theory]
    [InlineData("cqa", 0.85, 0.95)]
    [InlineData("svamp", 0.9, 0.85)]
    public void Quality_OfTheTeachersRationales_AgreesWithTheTeachersLabels(string dataset, double stated, double agrees)
    {
        Dataset data = DatasetReader.Load(dataset, SharedFolder.Find("data"), ["palm"]);
        Split test = data.Splits[Dataset.Test];
        WrittenRationale[] written = [
            .. test.Rows.Zip(test.Teachers["palm"]).Where(row => !row.Second.IsLabelBlank && !row.Second.IsRationaleBlank)
            .Select(row =>
                new WrittenRationale(row.First.Input, row.Second.Rationale, row.Second.Label, row.Second.Rationale, IsTruncated: false))];

        RationaleQuality quality = RationaleQuality.Of(data.Task, written);

        TestContext.Current.TestOutputHelper!.WriteLine($"{quality}");
        Assert.Equal(1, quality.RougeL);
        Assert.InRange(quality.Stated!.Value, stated, 1);
        Assert.InRange(quality.StatesLabel!.Value, agrees, 1);
    }
}
