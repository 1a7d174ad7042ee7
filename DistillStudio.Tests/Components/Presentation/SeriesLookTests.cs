using System.Globalization;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;

namespace DistillStudio.Tests.Components.Presentation;

/// <summary>Twelve runs are told apart by any eyes, in both themes.</summary>
public sealed class SeriesLookTests
{
    private const double LeastContrast = 3;

    /// <summary>Distance in OKLab, of which 0.02 is just noticeable.</summary>
    private const double LeastDistance = 0.08;

    /// <summary>How eyes without one kind of cone see linear red, green and blue: Machado, Oliveira and Fernandes (2009).</summary>
    private static readonly double[][] Deficiencies =
    [
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    [Theory]
    [InlineData(false, "#ffffff")]
    [InlineData(true, "#161b23")]
    public void Colors_OfTwelveRuns_StandOutAndDifferForAnyEyes(bool isDark, string ground)
    {
        Assert.Equal(12, SeriesPalette.Count);
        for (int i = 0; i < SeriesPalette.Count; i++)
        {
            double[] one = Linear(SeriesPalette.Of(i, isDark));
            Assert.True(Contrast(one, Linear(ground)) >= LeastContrast, $"slot {i} on {ground}");
            for (int j = 0; j < i; j++)
            {
                double[] other = Linear(SeriesPalette.Of(j, isDark));
                Assert.True(Distance(one, other) >= LeastDistance, $"slots {j} and {i}");
                if (SeriesLook.Of(i).Dash == SeriesLook.Of(j).Dash)
                {
                    // Blindness to blue is rare: a smaller distance will do.
                    Assert.All(Deficiencies.Index(), eyes => Assert.True(
                        Distance(Seen(one, eyes.Item), Seen(other, eyes.Item)) >= LeastDistance * (eyes.Index == 2 ? 0.8 : 1),
                        $"slots {j} and {i}, deficiency {eyes.Index}"));
                }
            }
        }
    }

    [Fact]
    public void Looks_OfTwelveRuns_HaveMarksOfTheirOwn()
    {
        SeriesLook[] looks = [.. Enumerable.Range(0, 12).Select(SeriesLook.Of)];
        Assert.Equal(12, looks.Select(look => look.MarkPath).Distinct().Count());
        Assert.True(looks.Select(look => look.DashArray).Distinct().Count() >= 3);
        Assert.Equal(SeriesLook.Of(1), SeriesLook.Of(13)); // of more runs the looks repeat
    }

    [Fact]
    public void Methods_OnSeveralFractions_HaveAColorEachAndDashesWithin()
    {
        string[] methods = [.. Enumerable.Repeat(MethodNames.Standard, 3), .. Enumerable.Repeat(MethodNames.TaskPrefix, 3)];
        IReadOnlyList<SeriesLook> looks = SeriesLook.OfMethods(methods);
        Assert.Equal(methods.Select(MethodColors.Slot), looks.Select(look => look.Color));
        Assert.Equal(["", "8 4", "2 3", "", "8 4", "2 3"], looks.Select(look => look.DashArray));
        Assert.Equal(6, looks.Distinct().Count());
    }

    [Fact]
    public void Methods_WithManyAlphas_LeaveTheBaselineItsColor()
    {
        string[] methods = [MethodNames.Standard, .. Enumerable.Repeat(MethodNames.TaskPrefix, 9)];
        IReadOnlyList<SeriesLook> looks = SeriesLook.OfMethods(methods);
        Assert.Equal(MethodColors.Slot(MethodNames.Standard), looks[0].Color);
        Assert.Equal(MethodColors.Slot(MethodNames.TaskPrefix), looks[1].Color);
        Assert.Equal(10, looks.Distinct().Count());
    }

    [Fact]
    public void Methods_Each_HaveAColorOfTheirOwn() =>
        Assert.Equal(MethodNames.All.Count, MethodNames.All.Select(MethodColors.Slot).Distinct().Count());

    private static double[] Linear(string color) => [.. new[] { 1, 3, 5 }
        .Select(at => int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0)
        .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4))];

    private static double Contrast(double[] one, double[] other)
    {
        double[] lights = [.. new[] { one, other }.Select(c => (0.2126 * c[0]) + (0.7152 * c[1]) + (0.0722 * c[2]) + 0.05).Order()];
        return lights[1] / lights[0];
    }

    private static double[] Seen(double[] color, double[] eyes) =>
        [.. Enumerable.Range(0, 3).Select(row => Math.Clamp(Enumerable.Range(0, 3).Sum(i => eyes[(3 * row) + i] * color[i]), 0, 1))];

    private static double Distance(double[] one, double[] other)
    {
        double[] a = OkLab(one), b = OkLab(other);
        return Math.Sqrt(a.Zip(b).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
    }

    /// <summary>Ottosson (2020).</summary>
    private static double[] OkLab(double[] c)
    {
        double l = Math.Cbrt((0.4122214708 * c[0]) + (0.5363325363 * c[1]) + (0.0514459929 * c[2]));
        double m = Math.Cbrt((0.2119034982 * c[0]) + (0.6806995451 * c[1]) + (0.1073969566 * c[2]));
        double s = Math.Cbrt((0.0883024619 * c[0]) + (0.2817188376 * c[1]) + (0.6299787005 * c[2]));
        return
        [
            (0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s),
            (1.9779984951 * l) - (2.4285922050 * m) + (0.4505937099 * s),
            (0.0259040371 * l) + (0.7827717662 * m) - (0.8086757660 * s),
        ];
    }
}
