using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Engine.Runtime.Files;

public sealed class LenientJsonTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"a":NaN,"b":7}""")]
    [InlineData("""{"a": Infinity , "b":7}""")]
    [InlineData("{\"a\":[1,-Infinity,NaN\n],\"b\":7}")]
    [InlineData("""{"a":{"c":Infinity},"b":7}""")]
    [InlineData("\uFEFF{\"a\":null,\"b\":7}")]
    [InlineData("""{"b":"first","b":7}""")]
    [InlineData("""{"a":"\" NaN","c":NaN,"b":7.0}""")]
    [InlineData("""{"b":7e0}""")]
    public void Parse_what_Python_writes_is_read(string json)
    {
        using JsonDocument document = LenientJson.Parse(Encoding.UTF8.GetBytes(json));

        Assert.True(LenientJson.TryReadWhole(document.RootElement.GetProperty("b"), out long number));
        Assert.Equal(7, number);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    public void Parse_number_that_is_not_finite_passes_no_range(string literal)
    {
        using JsonDocument document = LenientJson.Parse(Encoding.UTF8.GetBytes($$"""{"a":{{literal}},"text":"{{literal}}"}"""));
        JsonElement value = document.RootElement.GetProperty("a");

        Assert.Equal(JsonValueKind.Number, value.ValueKind);
        Assert.False(value.TryGetInt32(out _));
        Assert.False(LenientJson.TryReadWhole(value, out _));
        Assert.False(double.IsFinite(value.GetDouble()));
        Assert.Equal(literal, LenientJson.RawText(value));
        Assert.Equal(literal, document.RootElement.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("""{"a":1NaN}""")]
    [InlineData("""{"a":NaNs}""")]
    [InlineData("""{"a":-NaN}""")]
    [InlineData("""{"a":+Infinity}""")]
    [InlineData("""{"a":nan}""")]
    [InlineData("""{"a":NaN NaN}""")]
    [InlineData("""{NaN:1}""")]
    [InlineData("""{"a":"NaN""")]
    [InlineData("""{"a":1,}""")]
    public void Parse_what_Python_refuses_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => LenientJson.Parse(Encoding.UTF8.GetBytes(json)).Dispose());

    [Theory]
    [InlineData("6.5", false)]
    [InlineData("\"6\"", false)]
    [InlineData("true", false)]
    [InlineData("1e30", false)]
    [InlineData("-2.0", true)]
    public void TryReadWhole_takes_whole_numbers_only(string json, bool expected)
    {
        using JsonDocument document = LenientJson.Parse(Encoding.UTF8.GetBytes(json));

        Assert.Equal(expected, LenientJson.TryReadWhole(document.RootElement, out _));
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-32", true)]
    [InlineData("utf-16", false)]
    public void ReadFile_wide_text_is_named(string encoding, bool hasMark)
    {
        Encoding wide = Encoding.GetEncoding(encoding);
        string path = Path.Combine(_folder.Path, "config.json");
        File.WriteAllBytes(path, [.. hasMark ? wide.GetPreamble() : [], .. wide.GetBytes("""{"a":1}""")]);

        InputException refused = Assert.Throws<InputException>(() => LenientJson.ReadFile(path, 1000, "mend it"));

        Assert.Equal($"{path}: is in UTF-16 or UTF-32; save it as UTF-8.", refused.Message);
    }

    [Fact]
    public void ReadFile_damaged_text_is_named_with_its_line()
    {
        string path = Path.Combine(_folder.Path, "config.json");
        File.WriteAllText(path, "{\n\"a\": NaN,\n\"b\": }");

        InputException refused = Assert.Throws<InputException>(() => LenientJson.ReadFile(path, 1000, "download the file again"));

        Assert.Equal($"{path}: line 3: not valid JSON; download the file again.", refused.Message);
    }
}
