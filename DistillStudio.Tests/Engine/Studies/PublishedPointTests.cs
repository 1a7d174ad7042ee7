using System.Text.Json;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Engine.Studies;

public class PublishedPointTests
{
    private static readonly RunSpec Cqa = new() { Dataset = "cqa", FromPretrained = "t5", Teacher = "palm" };

    [Fact]
    public void Of_RunSettings_GivesThePointsOfTheirDatasetMethodLabelsAndTeacher()
    {
        Assert.Equal(
            [0.516, 0.57, 0.603, 0.6329, 0.628], PublishedPoint.Of(Cqa).OrderBy(point => point.Fraction).Select(point => point.Accuracy));
        Assert.Equal(
            [0.499, 0.552, 0.594, 0.6219, 0.62],
            PublishedPoint.Of(Cqa with { Method = MethodNames.Standard }).OrderBy(point => point.Fraction).Select(point => point.Accuracy));
        Assert.Equal([0.6325], PublishedPoint.Of(Cqa with { Teacher = "gpt" }).Select(point => point.Accuracy));
        Assert.Empty(PublishedPoint.Of(Cqa with { Teacher = "mine" }));
        Assert.Empty(PublishedPoint.Of(RunDefaults.Demo));
        Assert.All(PublishedPoint.All, point => Assert.NotEmpty(point.Source));
    }

    [Fact]
    [Trait("Needs", "shared")]
    public void All_Points_AreThoseOfTheReference()
    {
        using var reference = JsonDocument.Parse(File.ReadAllText(SharedFolder.Find("reference", "results.json")));
        JsonElement paper =
            reference.RootElement.GetProperty("paper_t5_base_full_data_ground_truth_labels").GetProperty("accuracy_percent");
        JsonElement tracker = reference.RootElement.GetProperty("community_t5_base_fraction_means").GetProperty("accuracy_percent");

        double[] expected =
        [
            .. new[] { "standard", "step_by_step_gpt_neox_20b", "step_by_step_palm_540b", "single_task_rationale_and_label" }.SelectMany(
                name => paper.GetProperty(name).EnumerateObject().Select(value => value.Value.GetDouble())),
            .. new[]
            {
                "cqa_standard_gt",
                "cqa_step_by_step_gt_palm",
                "cqa_standard_palm_label",
                "cqa_step_by_step_palm_label",
                "anli1_standard_gt",
                "anli1_step_by_step_gt_palm",
            }
                .SelectMany(name => tracker.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())),
        ];

        Assert.Equal(expected, PublishedPoint.All.Select(point => Math.Round(point.Accuracy * 100, 2)));
    }
}
