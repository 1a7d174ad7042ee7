using DistillStudio.Engine.Formatting;

namespace DistillStudio.Tests.Engine.Formatting;

public sealed class FormatTests
{
    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.0, "0.000")]
    [InlineData(0.0004, "4.00e-4")]
    [InlineData(0.25, "0.250")]
    [InlineData(12.345, "12.35")]
    [InlineData(123.45, "123.5")]
    [InlineData(4567.0, "4.57e3")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "∞")]
    public void Loss_AnyFigure_HasAboutFourDigits(double? value, string expected) => Assert.Equal(expected, Format.Loss(value));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.0, "0.0 %")]
    [InlineData(0.8094, "80.9 %")]
    [InlineData(1.0, "100.0 %")]
    public void Percent_Share_HasOneDecimal(double? share, string expected) => Assert.Equal(expected, Format.Percent(share));

    [Theory]
    [InlineData(0.369, "+36.9 pp")]
    [InlineData(-0.012, "−1.2 pp")]
    [InlineData(null, "–")]
    public void Points_Difference_HasItsSign(double? difference, string expected) => Assert.Equal(expected, Format.Points(difference));

    [Theory]
    [InlineData(0.999, "99 %")] // not done yet
    [InlineData(1.0, "100 %")]
    public void Share_OfSteps_IsRoundedDown(double share, string expected) => Assert.Equal(expected, Format.Share(share));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    [InlineData(-3.0, "0.0 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(200.0, "3 m 20 s")]
    [InlineData(3900.0, "1 h 05 m")]
    [InlineData(180_000.0, "2 d 02 h")]
    public void Duration_AnyLength_HasTwoUnitsAtMost(double? seconds, string expected) => Assert.Equal(expected, Format.Duration(seconds));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.PositiveInfinity, "–")]
    [InlineData(-1.0, "about a second")]
    [InlineData(7.4, "about 7 seconds")]
    [InlineData(33.0, "about 35 seconds")]
    [InlineData(58.0, "about a minute")]
    [InlineData(119.0, "about 2 minutes")]
    [InlineData(799.0, "about 13 minutes")]
    [InlineData(2_500.0, "about 40 minutes")]
    [InlineData(3_460.0, "about an hour")]
    [InlineData(4_499.0, "about an hour")]
    [InlineData(9_300.0, "about 2.5 hours")]
    [InlineData(86_400.0, "about 24 hours")]
    [InlineData(200_000.0, "about 2.5 days")]
    public void About_AnyLength_IsAsPreciseAsAnEstimate(double? seconds, string expected) => Assert.Equal(expected, Format.About(seconds));

    [Theory]
    [InlineData(1.0, "100 %")]
    [InlineData(0.25, "25 %")]
    [InlineData(0.125, "12.5 %")]
    [InlineData(0.07, "7 %")]
    [InlineData(0.001, "0.1 %")]
    [InlineData(0.33333, "33.3 %")]
    [InlineData(0.9999, "100 %")]
    public void ShortPercent_ChosenShare_HasNoIdleDigits(double share, string expected) =>
        Assert.Equal(expected, Format.ShortPercent(share));

    [Theory]
    [InlineData(0.0421, "42 ms")]
    [InlineData(0.9996, "1000 ms")]
    [InlineData(12.34, "12.3 s")]
    public void StepTime_Seconds_UseASuitableUnit(double seconds, string expected) => Assert.Equal(expected, Format.StepTime(seconds));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(3.14159, "3.1 /s")]
    [InlineData(1234.6, "1,235 /s")]
    public void Rate_PerSecond_LosesItsDecimalsWhenLarge(double? rate, string expected) => Assert.Equal(expected, Format.Rate(rate));

    [Theory]
    [InlineData(5e-5, "5e-5")]
    [InlineData(0.5, "0.5")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.0, "0")]
    public void Setting_Number_IsAsShortAsItCanBe(double value, string expected) => Assert.Equal(expected, Format.Setting(value));

    [Theory]
    [InlineData(1, "1 row")]
    [InlineData(0, "0 rows")]
    [InlineData(2000, "2,000 rows")]
    public void Plural_Count_Agrees(long count, string expected) => Assert.Equal(expected, Format.Plural(count, "row"));
}
