using System.Text.Json;
using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Text;

public sealed class T5TokenizerTests
{
    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "tokenizer", name);

    [Theory]
    [InlineData("mini")]
    [InlineData("real")]
    public void Encode_AndDecode_AgreeWithEveryReferenceRow(string name)
    {
        T5Tokenizer tokenizer = T5Tokenizer.Load(Fixture($"{name}.spiece.model"));
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Fixture($"{name}.expected.json")));
        Assert.Equal(expected.RootElement.GetProperty("vocab_size").GetInt32(), tokenizer.VocabularySize);

        var differences = new List<string>();
        foreach (JsonElement row in expected.RootElement.GetProperty("rows").EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            int[] ids = [.. row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            string decoded = row.GetProperty("decoded").GetString()!;
            if (!tokenizer.Encode(text).AsSpan().SequenceEqual(ids))
            {
                differences.Add($"{text} → [{string.Join(' ', tokenizer.Encode(text))}], expected [{string.Join(' ', ids)}]");
            }

            if (tokenizer.Decode(ids) != decoded)
            {
                differences.Add($"{text}: «{tokenizer.Decode(ids)}», expected «{decoded}»");
            }
        }

        Assert.Empty(differences);
    }
}
