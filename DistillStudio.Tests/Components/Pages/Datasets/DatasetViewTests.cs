using DistillStudio.Components.Interactivity;
using DistillStudio.Components.Pages.Datasets;
using DistillStudio.Engine.Data;

namespace DistillStudio.Tests.Components.Pages.Datasets;

public class DatasetViewTests
{
    [Theory]
    [InlineData("", "train", null)]
    [InlineData("?split=test", "test", null)]
    [InlineData("?split=train&teacher=own", "train", "own")]
    [InlineData("?split=zz", "train", null, "split=zz has no effect; give train or test.")]
    [InlineData("?teacher=zz", "train", null, "teacher=zz has no effect; give own.")]
    [InlineData("?split=test&teacher=own", "test", null, "teacher=own has no effect; give none, as these rows have none.")]
    [InlineData("?page=-5&split=zz", "train", null, "page=-5 has no effect; give a whole number, 1 or more.",
        "split=zz has no effect; give train or test.")]
    public void Fit_WhatTheDatasetHasNot_IsNamedRatherThanIgnored(string address, string split, string? teacher, params string[] problems)
    {
        var query = PageQuery.Of(address);
        DatasetView view = DatasetView.Read(query).Fit(TwoSplits(), query);

        Assert.Equal((split, teacher), (view.Split, view.Teacher));
        Assert.Equal(problems, query.Problems);
    }

    [Fact]
    public void Fit_DatasetWithoutTrainingRows_ShowsItsFirstSplit()
    {
        var query = PageQuery.Of("");
        Dataset dataset = TwoSplits();
        dataset = dataset with { Splits = dataset.Splits.Where(split => split.Key == Dataset.Test).ToDictionary() };

        Assert.Equal(Dataset.Test, DatasetView.Read(query).Fit(dataset, query).Split);
        Assert.Empty(query.Problems);
    }

    private static Dataset TwoSplits()
    {
        Row[] rows = [new("a question", "yes")];
        var own = new Dictionary<string, IReadOnlyList<TeacherAnswer>> { ["own"] = [new("because", "yes")] };
        return new("mine", TaskKind.Text, new Dictionary<string, Split>
        {
            [Dataset.Train] = new(Dataset.Train, rows, own),
            [Dataset.Test] = new(Dataset.Test, rows, new Dictionary<string, IReadOnlyList<TeacherAnswer>>()),
        });
    }
}
