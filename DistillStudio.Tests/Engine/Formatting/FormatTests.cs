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
    [InlineData(0.0421, "42 ms")]
    [InlineData(0.9996, "1000 ms")]
    [InlineData(12.34, "12.3 s")]
    public void StepTime_Seconds_ReadAsPeopleSayThem(double seconds, string expected) => Assert.Equal(expected, Format.StepTime(seconds));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(3.14159, "3.1 rows/s")]
    [InlineData(1234.6, "1,235 rows/s")]
    public void Rate_RowsASecond_LosesItsDecimalsWhenLarge(double? rate, string expected) => Assert.Equal(expected, Format.Rate(rate));

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
