using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Data.Demo;

public sealed class DemoModelTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Materialize_InAnEmptyHome_GivesConfigAndTokenizerThatFit()
    {
        string folder = DemoModel.Materialize(_folder.Home);

        Assert.Equal(Path.Combine(_folder.Home.Models, "demo"), folder);
        Assert.Equal(["config.json", "spiece.model"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        Assert.True(T5Tokenizer.Load(folder).VocabularySize <= T5ConfigFile.Read(Path.Combine(folder, T5ConfigFile.FileName)).VocabSize);
    }

    [Fact]
    public void Materialize_Again_LeavesSameFilesAlone_AndRenewsOthers()
    {
        string folder = DemoModel.Materialize(_folder.Home);
        string config = Path.Combine(folder, "config.json");
        string pieces = Path.Combine(folder, "spiece.model");
        byte[] expected = File.ReadAllBytes(pieces);
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(config, old);
        File.WriteAllText(pieces, "cut short");

        DemoModel.Materialize(_folder.Home);

        Assert.Equal(old, File.GetLastWriteTimeUtc(config));
        Assert.Equal(expected, File.ReadAllBytes(pieces));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void Materialize_WhereAFileIsInTheWay_IsRefused()
    {
        Directory.CreateDirectory(_folder.Home.Models);
        File.WriteAllText(Path.Combine(_folder.Home.Models, "demo"), "");

        var error = Assert.Throws<InputException>(() => DemoModel.Materialize(_folder.Home));

        Assert.Contains("--home", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokenizer_OnEveryTextOfTheDataset_HasAllPieces_AndRoundTrips()
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(DemoModel.Materialize(_folder.Home));
        foreach (Split split in DemoDataset.Create().Splits.Values)
        {
            foreach ((Row row, TeacherAnswer answer) in split.Rows.Zip(split.Teachers[DemoDataset.Teacher]))
            {
                foreach (string text in
                    (string[])[$"predict: {row.Input}", $"explain: {row.Input}", row.Label, answer.Rationale, answer.Label])
                {
                    int[] ids = tokenizer.Encode(text);
                    Assert.DoesNotContain(T5Tokenizer.UnknownId, ids);
                    Assert.Equal(text.ReplaceLineEndings(" "), tokenizer.Decode(ids));
                }
            }
        }
    }

    [Fact]
    public void Tokenizer_OnNumbersAndWords_HasOnePieceEach()
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(DemoModel.Materialize(_folder.Home));
        for (int number = 0; number < 100; number++)
        {
            Assert.Equal(8, tokenizer.Encode($"( {number} + {99 - number} ) apples together").Length);
        }
    }

    [Fact]
    public void Tokenizer_OnOtherEnglishText_HasEveryCharacter()
    {
        string text = new([.. Enumerable.Range(' ', 95).Select(c => (char)c).Except("<")]);
        Assert.DoesNotContain(T5Tokenizer.UnknownId, T5Tokenizer.Load(DemoModel.Materialize(_folder.Home)).Encode(text));
    }
}
