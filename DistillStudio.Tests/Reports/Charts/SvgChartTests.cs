using System.Xml.Linq;
using DistillStudio.Reports.Charts;

namespace DistillStudio.Tests.Reports.Charts;

public class SvgChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Draw_TwoLines_HasAxesTitlesLegendAndDistinctStrokes()
    {
        XElement svg = Draw(Chart(Line("Standard", 0, 1, 2, 3), Line("Step-by-step", 1, 3, 2, 1)));

        string[] texts = [.. svg.Elements(Svg + "text").Select(text => text.Value)];
        Assert.Contains("Label loss", texts);
        Assert.Contains("per token", texts);
        Assert.Contains("step", texts);
        Assert.Contains("Standard", texts);
        Assert.Contains("Step-by-step", texts);
        Assert.Equal(
            ["1.0", "1.5", "2.0", "2.5", "3.0"],
            svg.Elements(Svg + "text").Where(text => text.Attribute("text-anchor")?.Value == "end").Select(text => text.Value));
        XElement[] lines = [.. Lines(svg)];
        Assert.Equal(2, lines.Length);
        Assert.Equal("M62 300L374 175L686 50", lines[0].Attribute("d")!.Value);
        Assert.NotEqual(lines[0].Attribute("stroke")!.Value, lines[1].Attribute("stroke")!.Value);
        Assert.Null(lines[0].Attribute("stroke-dasharray"));
        Assert.NotNull(lines[1].Attribute("stroke-dasharray"));
    }

    [Fact]
    public void Draw_EightLines_DifferInColourAndInDash()
    {
        XElement svg = Draw(Chart([.. Enumerable.Range(0, 8).Select(slot => Line($"{slot}", slot, slot, slot + 1))]));

        Assert.Equal(8, Lines(svg).Select(line => line.Attribute("stroke")!.Value).Distinct().Count());
        Assert.Equal(8, Lines(svg).Select(line => line.Attribute("stroke-dasharray")?.Value ?? "").Distinct().Count());
    }

    [Fact]
    public void Draw_ValuesThatCannotBeDrawn_LeaveGapsAndLonelyPointsStay()
    {
        XElement svg = Draw(Chart(Line("a", 0, 1, 2, double.NaN, 2, double.PositiveInfinity, 1, 1e300, 1, 2)));

        Assert.Equal(2, Lines(svg).Count());
        Assert.Equal(2, svg.Elements(Svg + "circle").Count());
    }

    [Fact]
    public void Draw_Intervals_FillABandAndAreWithinThePlot()
    {
        var line = new ChartLine("a", 0, [new(0, 1, 0, 2), new(1, 2, 1, 3), new(2, 2)]);

        XElement band = Assert.Single(Draw(Chart(line)).Elements(Svg + "path"), path => path.Attribute("fill-opacity") is not null);

        Assert.Equal("M62 112.5L374 50L374 237.5L62 300Z", band.Attribute("d")!.Value);
    }

    [Fact]
    public void Draw_WideBand_LeavesTheLineReadable()
    {
        var line = new ChartLine("a", 0, [new(0, 1, -1000, 1000), new(1, 2, -1000, 1000)]);

        XElement svg = Draw(Chart(line));

        Assert.Equal(
            ["0.5", "1.0", "1.5", "2.0", "2.5"],
            svg.Elements(Svg + "text").Where(text => text.Attribute("text-anchor")?.Value == "end").Select(text => text.Value));
        Assert.Contains(svg.Elements(Svg + "path"), path => path.Attribute("d")!.Value == "M62 50L686 50L686 300L62 300Z");
    }

    [Fact]
    public void Draw_Whiskers_HaveABarForEachInterval()
    {
        var line = new ChartLine("a", 0, [new(0.25, 0.5, 0.4, 0.6), new(1, 0.6)], LineRole.Whiskers);
        LineChart chart = Chart(line) with { X = AxisFormat.Percent, Y = AxisFormat.Percent };

        XElement svg = Draw(chart);

        Assert.Single(svg.Elements(Svg + "path"), path => path.Attribute("stroke-width")?.Value == "1.3");
        Assert.Equal(2, svg.Elements(Svg + "circle").Count(circle => circle.Attribute("cy")!.Value != "356"));
        Assert.Contains("60 %", svg.Elements(Svg + "text").Select(text => text.Value));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\" onload=\"alert(1)\" x='")]
    [InlineData("&amp; &lt; ]]> <!-- --> <?x ?>")]
    [InlineData("\u0000\u0008\uFFFF\uD800 lone \u202Eesrever")]
    [InlineData("日本語の名前 🧪 עברית")]
    public void Draw_HostileNames_AreText(string name)
    {
        LineChart chart = new(name, name, name, [Line(name, 0, 1, 2), Line(name, 1, 2, 1)]);

        XElement svg = Draw(chart);

        Assert.All(
            svg.Descendants(),
            element => Assert.Contains(element.Name.LocalName, new[] { "title", "rect", "text", "path", "circle" }));
        Assert.All(
            svg.DescendantsAndSelf().Attributes(),
            attribute => Assert.False(attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)));
        Assert.DoesNotContain('\u202E', svg.Value);
    }

    [Fact]
    public void Draw_LongNames_AreCutToTheFigure()
    {
        string name = string.Concat(Enumerable.Repeat("very long ", 100));

        XElement svg = Draw(new(name, name, name, [Line(name, 0, 1, 2), Line(name, 1, 2, 1)]));

        Assert.All(svg.Elements(Svg + "text"), text => Assert.InRange(text.Value.Length, 1, 110));
        Assert.Contains(svg.Elements(Svg + "text"), text => text.Value.EndsWith('…'));
    }

    [Fact]
    public void Draw_ManyMarks_AreFewEnoughToBeSeen()
    {
        var line = new ChartLine("a", 0, [.. Enumerable.Range(0, 300).Select(i => new ChartPoint(i, i))], LineRole.Marked);

        Assert.InRange(Draw(Chart(line)).Elements(Svg + "circle").Count(), 30, 45);
    }

    [Fact]
    public void Draw_NoPoints_SaysSo() =>
        Assert.Contains(
            "No values were recorded.",
            Draw(Chart(Line("a", 0, double.NaN))).Elements(Svg + "text").Select(text => text.Value));

    [Theory]
    [InlineData(nameof(AxisFormat.Number), 0, 1)]
    [InlineData(nameof(AxisFormat.Number), 0, 0)]
    [InlineData(nameof(AxisFormat.Number), 5, 5)]
    [InlineData(nameof(AxisFormat.Number), -1e100, 1e100)]
    [InlineData(nameof(AxisFormat.Number), 1e-300, 1e100)]
    [InlineData(nameof(AxisFormat.Number), 1.2, 40)]
    [InlineData(nameof(AxisFormat.Number), 0.1, 1e30)]
    [InlineData(nameof(AxisFormat.Number), 1e99, 1.0000001e99)]
    [InlineData(nameof(AxisFormat.Count), 0, 0)]
    [InlineData(nameof(AxisFormat.Count), 1, 1)]
    [InlineData(nameof(AxisFormat.Count), 1, 100_000)]
    [InlineData(nameof(AxisFormat.Count), 7, 2_147_483_647)]
    [InlineData(nameof(AxisFormat.Percent), 0, 0)]
    [InlineData(nameof(AxisFormat.Percent), 1, 1)]
    [InlineData(nameof(AxisFormat.Percent), 0.125, 1)]
    [InlineData(nameof(AxisFormat.Percent), 0.4991, 0.4992)]
    public void Axis_AnyRange_HoldsItsValuesAndHasDistinctTicks(string format, double low, double high)
    {
        var axis = AxisScale.Of([low, high], Enum.Parse<AxisFormat>(format), 5);

        Assert.InRange(axis.At(low), -1e-6, axis.At(high));
        Assert.InRange(axis.At(high), axis.At(low), 1 + 1e-6);
        Assert.InRange(axis.Ticks.Count, 2, 13);
        Assert.All(axis.Ticks, tick => Assert.InRange(axis.At(tick), -1e-3, 1 + 1e-3));
        string[] texts = [.. axis.Ticks.Select(axis.Text)];
        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.All(texts, text => Assert.InRange(text.Length, 1, 13));
    }

    private static LineChart Chart(params ChartLine[] lines) => new("Label loss", "per token", "step", lines) { X = AxisFormat.Number };

    private static ChartLine Line(string name, int slot, params double[] values) =>
        new(name, slot, [.. values.Select((value, i) => new ChartPoint(i, value))]);

    private static XElement Draw(LineChart chart)
    {
        string file = SvgChart.Draw(chart, isFile: true);
        Assert.Equal(file, SvgChart.Draw(chart, isFile: true));
        Assert.Equal(
            file.Replace("xmlns=\"http://www.w3.org/2000/svg\" ", "", StringComparison.Ordinal),
            SvgChart.Draw(chart, isFile: false));
        return XElement.Parse(file);
    }

    /// <summary>The curves, without those of the legend.</summary>
    private static IEnumerable<XElement> Lines(XElement svg) => svg.Elements(Svg + "path")
        .Where(
            path => path.Attribute("stroke-linejoin") is not null && !path.Attribute("d")!.Value.Contains('h', StringComparison.Ordinal));
}
