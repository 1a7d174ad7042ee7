using DistillStudio.Engine.Data;

namespace DistillStudio.Tests.Engine.Data;

public sealed class RowDigestsTests : IDisposable
{
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    // Computed independently of this program: the key of a row must not change, or runs of two versions no longer pair.
    [Fact]
    public void KeysOf_ARow_IsTheStartOfItsDigest() =>
        Assert.Equal(["8126a351e6a5073d"], RowDigests.KeysOf([Row("How many?", "( 3.0 + 4.0 )")]));

    [Fact]
    public void FingerprintOf_RowsInAnotherOrder_KeepsOnlyTheContent()
    {
        TrainingRow[] rows = [Row("a", "1"), Row("b", "2"), Row("a", "1"), Row("ü", "3")];
        RowsFingerprint whole = RowDigests.FingerprintOf(rows);
        RowsFingerprint reversed = RowDigests.FingerprintOf([.. rows.Reverse()]);

        Assert.Equal((4, whole.Content), (reversed.Rows, reversed.Content));
        Assert.NotEqual(whole.Ordered, reversed.Ordered);
        Assert.Equal(
            whole,
            RowDigests.FingerprintOf([.. rows.Select((row, i) => row with { Index = i + 50, Label = "the teacher's", Rationale = "r" })]));
    }

    [Fact]
    public void FingerprintOf_RowsThatDiffer_DiffersInBoth()
    {
        TrainingRow[][] lists =
        [
            [Row("ab", "c")],
            [Row("a", "bc")],
            [Row("ab", "c"), Row("ab", "c")],
            [Row("ab", "C")],
            [],
        ];
        Assert.Equal(lists.Length, lists.Select(rows => RowDigests.FingerprintOf(rows).Ordered).Distinct().Count());
        Assert.Equal(lists.Length, lists.Select(rows => RowDigests.FingerprintOf(rows).Content).Distinct().Count());
    }

    [Fact]
    public void KeysOf_EqualRows_AreCountedSoThatTheyPairOneToOne()
    {
        TrainingRow[] rows = [Row("a", "1"), Row("b", "2"), Row("a", "1"), Row("a", "2"), Row("a", "1")];
        IReadOnlyList<string> keys = RowDigests.KeysOf(rows);

        Assert.Equal(5, keys.Distinct().Count());
        Assert.Equal([$"{keys[0]}#2", $"{keys[0]}#3"], [keys[2], keys[4]]);
        Assert.Equal(keys.Order(), RowDigests.KeysOf([.. rows.Reverse()]).Order());
    }

    [Fact]
    public void Load_FilesDigest_DependsOnlyOnTheFilesText()
    {
        const string One = """{"input":"s","label":"( 1.0 + 2.0 )"}""" + "\n";
        const string Two = """{"input":"t","label":"( 3.0 + 4.0 )"}""" + "\n";
        string Digest(string name, string train, string test, string ending = "json")
        {
            _data.Write($"{name}/svamp/svamp_train.json", train);
            _data.Write($"{name}/svamp/svamp_test.{ending}", test);
            return DatasetReader.Load("svamp", _data[name]).FilesDigest!;
        }

        string usual = Digest("usual", One + Two, Two);
        Assert.Equal(usual, Digest("copy", One + Two, Two, "jsonl"));
        Assert.Equal(
            4,
            new[] { usual, Digest("reversed", Two + One, Two), Digest("moved", Two, One + Two), Digest("longer", One + Two, Two + " ") }
                .Distinct().Count());
    }

    [Fact]
    public void Load_TeacherDigests_AreOfEachTeachersFiles()
    {
        _data.Write("svamp/svamp_train.json", """{"input":"s","label":"( 1.0 + 2.0 )"}""");
        _data.Write("svamp/svamp_test.json", """{"input":"t","label":"( 3.0 + 4.0 )"}""");
        _data.Write("svamp/llm/train_CoT_0.json", """["Sum. The answer is (1 + 2)."]""");
        _data.Write("svamp/llm-mine/train_CoT_0.json", """["Sum. The answer is (1 + 2)."]""");
        Dataset before = DatasetReader.Load("svamp", _data.Path);
        _data.Write("svamp/llm/train_CoT_0.json", """["Sum. The answer is (1 + 3)."]""");
        Dataset after = DatasetReader.Load("svamp", _data.Path);

        Assert.Equal(before.TeacherDigests["palm"], before.TeacherDigests["mine"]);
        Assert.NotEqual(before.TeacherDigests["palm"], after.TeacherDigests["palm"]);
        Assert.Equal((before.FilesDigest, before.TeacherDigests["mine"]), (after.FilesDigest, after.TeacherDigests["mine"]));
    }

    private static TrainingRow Row(string input, string truth) => new(0, input, truth, truth, null, null);
}
