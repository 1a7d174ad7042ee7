using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Data;

public sealed class TrainingDataTests
{
    [Fact]
    public void Select_NoValidFile_SetsTheSameTenthAsideForEverySeed()
    {
        Dataset dataset = Create("svamp", rows: 101);
        TrainingData first = TrainingData.Select(dataset, new(Seed: 0));
        TrainingData second = TrainingData.Select(dataset, new(Seed: 9));
        Assert.True(first.IsValidSetAside);
        Assert.Equal(11, first.Valid.Count);
        Assert.Equal(90, first.Train.Count);
        Assert.Equal(Enumerable.Range(0, 101), first.Train.Concat(first.Valid).Select(r => r.Index).Order());
        Assert.Equal(first.Valid, second.Valid);
        Assert.Equal(first.Train, second.Train);
    }

    // Computed independently of this program, so that no later version changes a run's rows unnoticed.
    [Fact]
    public void Select_TwentyRows_SetsTheseAside() =>
        Assert.Equal([18, 19], TrainingData.Select(Create("svamp", rows: 20), new()).Valid.Select(r => r.Index));

    [Fact]
    public void Select_ValidFile_LeavesTrainWhole()
    {
        TrainingData data = TrainingData.Select(Create("esnli", rows: 40, validRows: 7), new());
        Assert.False(data.IsValidSetAside);
        Assert.Equal((40, 7, 5), (data.Train.Count, data.Valid.Count, data.Test.Count));
    }

    [Theory]
    [InlineData(1.0, 100)]
    [InlineData(0.5, 50)]
    [InlineData(0.29, 29)]
    [InlineData(0.125, 12)]
    [InlineData(0.001, 1)]
    public void Select_Subsample_KeepsThatShareOfTheTrainingRows(double share, int rows) =>
        Assert.Equal(rows, TrainingData.Select(Create("esnli", rows: 100, validRows: 3), new(Subsample: share)).Train.Count);

    [Fact]
    public void Select_Subsample_DependsOnTheSeedAndNestsWithinALargerShare()
    {
        Dataset dataset = Create("esnli", rows: 200, validRows: 3);
        int[] Rows(double share, int seed) =>
            [.. TrainingData.Select(dataset, new(Subsample: share, Seed: seed)).Train.Select(r => r.Index)];
        Assert.Equal(Rows(0.25, 1), Rows(0.25, 1));
        Assert.NotEqual(Rows(0.25, 1), Rows(0.25, 2));
        Assert.Subset(Rows(0.5, 1).ToHashSet(), Rows(0.25, 1).ToHashSet());
        Assert.Equal(Rows(0.25, 1).Order(), Rows(0.25, 1));
    }

    [Fact]
    public void Select_SubsampleWithoutValidFile_SetsAsideAfterTheDraw()
    {
        TrainingData data = TrainingData.Select(Create("svamp", rows: 100), new(Subsample: 0.5));
        Assert.Equal((45, 5), (data.Train.Count, data.Valid.Count));
    }

    [Fact]
    public void Select_NestedDraw_HasTheSameValidationRowsForEveryShareSeedAndMethodAndNestsItsRows()
    {
        Dataset dataset = Create("svamp", rows: 203);
        TrainingData whole = TrainingData.Select(dataset, new());
        foreach (int seed in (int[])[0, 1, 7])
        {
            HashSet<int> larger = [.. whole.Train.Select(r => r.Index)];
            foreach (double share in (double[])[1, 0.75, 0.5, 0.25, 0.125])
            {
                TrainingData data = TrainingData.Select(dataset, new(Subsample: share, Seed: seed, Draw: DataDraw.Nested));
                TrainingData taught = TrainingData.Select(
                    dataset, new(TeacherLabels: true, Teacher: "palm", share, seed, KeepBlankLabels: true, DataDraw.Nested));
                Assert.Equal(whole.Valid, data.Valid);
                Assert.Equal((int)(share * whole.Train.Count), data.Train.Count);
                Assert.Subset(larger, data.Train.Select(r => r.Index).ToHashSet());
                Assert.Equal(data.Train.Select(r => r.Index).Order(), taught.Train.Select(r => r.Index));
                Assert.Equal(data.Valid.Select(r => r.Index), taught.Valid.Select(r => r.Index));
                larger = [.. data.Train.Select(r => r.Index)];
            }
        }

        int[] Rows(int seed) =>
            [.. TrainingData.Select(dataset, new(Subsample: 0.5, Seed: seed, Draw: DataDraw.Nested)).Train.Select(r => r.Index)];
        Assert.NotEqual(Rows(0), Rows(1));
    }

    [Theory]
    [InlineData("svamp", 0, 1.0)]
    [InlineData("esnli", 7, 0.3)]
    public void Select_WholeDataOrAValidFile_GivesTheSameRowsWithEitherDraw(string name, int validRows, double share)
    {
        Dataset dataset = Create(name, rows: 100, validRows);
        TrainingData original = TrainingData.Select(dataset, new(Subsample: share, Seed: 3));
        TrainingData nested = TrainingData.Select(dataset, new(Subsample: share, Seed: 3, Draw: DataDraw.Nested));
        Assert.Equal(original.Train, nested.Train);
        Assert.Equal(original.Valid, nested.Valid);
    }

    [Fact]
    public void Select_TeacherLabels_ReplaceOnlyTheTrainingLabels()
    {
        TrainingData data = TrainingData.Select(
            Create("svamp", rows: 30), new(TeacherLabels: true, Teacher: "palm", KeepBlankLabels: true));
        Assert.All(data.Train, r => Assert.Equal(r.TeacherLabel, r.Label));
        Assert.All(data.Train, r => Assert.Equal($"truth {r.Index}", r.Truth));
        Assert.All(data.Valid.Concat(data.Test), r => Assert.Equal(r.Truth, r.Label));
        Assert.All(data.Valid.Concat(data.Test), r => Assert.NotNull(r.TeacherLabel));
    }

    [Fact]
    public void Select_BlankTeacherLabels_AreLeftOutAndCounted()
    {
        // Every third label is blank; the validation rows stay the same whatever is trained on.
        Dataset dataset = Create("svamp", rows: 30);
        TrainingData truth = TrainingData.Select(dataset, new(Teacher: "palm"));
        TrainingData taught = TrainingData.Select(dataset, new(TeacherLabels: true, Teacher: "palm"));
        TrainingData kept = TrainingData.Select(dataset, new(TeacherLabels: true, Teacher: "palm", KeepBlankLabels: true));
        int blanks = truth.Train.Count(r => r.Index % 3 == 0);
        Assert.InRange(blanks, 1, 26);
        Assert.Equal((27, 0, 0), (truth.Train.Count, truth.BlankLabels, truth.LeftOut));
        Assert.Equal((27 - blanks, blanks, blanks), (taught.Train.Count, taught.BlankLabels, taught.LeftOut));
        Assert.Equal((27, blanks, 0), (kept.Train.Count, kept.BlankLabels, kept.LeftOut));
        Assert.DoesNotContain(taught.Train, r => string.IsNullOrWhiteSpace(r.Label));
        Assert.Equal(truth.Valid.Select(r => r.Index), taught.Valid.Select(r => r.Index));
    }

    [Fact]
    public void Select_BlankRationale_IsNoTargetUnlessKept()
    {
        Dataset dataset = Create("svamp", rows: 30);
        TrainingData data = TrainingData.Select(dataset, new(Teacher: "palm"));
        TrainingData kept = TrainingData.Select(dataset, new(Teacher: "palm", KeepBlankLabels: true));
        Assert.Equal(data.Train.Count(r => r.Index % 5 == 0), data.BlankRationales);
        Assert.All(data.Train, r => Assert.Equal(r.Index % 5 == 0, r.Rationale is null));
        Assert.All(kept.Train, r => Assert.NotNull(r.Rationale));
    }

    [Fact]
    public void Select_OwnTeacherOfTrainingRowsOnly_IsEnough()
    {
        Dataset dataset = Create("svamp", rows: 30, teacher: "mine", testAnswers: false);
        TrainingData data = TrainingData.Select(dataset, new(Teacher: "mine"));
        Assert.All(data.Test, r => Assert.Null(r.TeacherLabel ?? r.Rationale));
    }

    [Theory]
    [InlineData(0.0, false, null, "subsample 0 is out of range")]
    [InlineData(1.5, false, null, "subsample 1.5 is out of range")]
    [InlineData(double.NaN, false, null, "subsample NaN is out of range")]
    [InlineData(1.0, true, null, "needs a teacher")]
    [InlineData(1.0, false, "gpt", "has no teacher gpt; choose palm")]
    [InlineData(0.01, false, null, "cannot be divided")]
    public void Select_InvalidSelection_SaysWhy(double subsample, bool teacherLabels, string? teacher, string why)
    {
        Dataset dataset = Create("svamp", rows: 30);
        InputException refusal = Assert.Throws<InputException>(() => TrainingData.Select(dataset, new(teacherLabels, teacher, subsample)));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Select_EveryTeacherLabelBlank_LeavesNothingToTrainOn()
    {
        Dataset dataset = Create("esnli", rows: 1, validRows: 1);
        InputException refusal = Assert.Throws<InputException>(
            () => TrainingData.Select(dataset, new(TeacherLabels: true, Teacher: "palm")));
        Assert.Contains("no training row of 1 remains", refusal.Message, StringComparison.Ordinal);
    }

    private static Dataset Create(string name, int rows, int validRows = 0, string teacher = "palm", bool testAnswers = true)
    {
        var splits = new Dictionary<string, Split>
        {
            ["train"] = CreateSplit("train", rows, teacher),
            ["test"] = CreateSplit("test", 5, testAnswers ? teacher : null),
        };
        if (validRows > 0)
        {
            splits["valid"] = CreateSplit("valid", validRows, teacher);
        }

        return new Dataset(name, DatasetCatalog.Get(name).Task, splits);
    }

    private static Split CreateSplit(string name, int rows, string? teacher)
    {
        IReadOnlyList<TeacherAnswer> answers = [
            .. Enumerable.Range(0, rows).Select(i => new TeacherAnswer(i % 5 == 0 ? " " : $"because {i}", i % 3 == 0 ? " " : $"label {i}"))
        ];
        return new Split(
            name,
            [.. Enumerable.Range(0, rows).Select(i => new Row($"input {i}", $"truth {i}"))],
            teacher is null
                ? new Dictionary<string, IReadOnlyList<TeacherAnswer>>()
                : new Dictionary<string, IReadOnlyList<TeacherAnswer>> { [teacher] = answers });
    }
}
