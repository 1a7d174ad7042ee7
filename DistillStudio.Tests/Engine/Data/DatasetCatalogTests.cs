using DistillStudio.Engine.Data;

namespace DistillStudio.Tests.Engine.Data;

public class DatasetCatalogTests
{
    [Fact]
    public void Demo_IsGeneratedWithoutFiles_AndHasTheRowsOfTheCatalog()
    {
        DatasetInfo info = DatasetCatalog.Get("demo");
        Dataset demo = DatasetReader.Load("demo", "/no/such/folder");

        Assert.True(info.IsGenerated);
        Assert.Equal(info.TrainRows, demo.Splits[Dataset.Train].Rows.Count);
        Assert.Equal(info.ValidRows, demo.Splits[Dataset.Valid].Rows.Count);
        Assert.Equal(info.TestRows, demo.Splits[Dataset.Test].Rows.Count);
    }
}
