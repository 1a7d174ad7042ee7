using DistillStudio.Exports;

namespace DistillStudio.Tests.Exports;

public sealed class CsvTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"=1\"", "\"say \"\"=1\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("<script>", "<script>")]
    public void Field_AnyText_IsReadAsThatText(string text, string field) => Assert.Equal(field, Csv.Field(text));

    [Fact]
    public void Line_Figures_ArePlain() => Assert.Equal("-1.5,,3,2025-01-02T03:04:05.0000000Z", Csv.Line(-1.5, null, 3L, RunScript.Start));
}
