using DistillStudio.Engine.Statistics;

namespace DistillStudio.Tests.Engine.Statistics;

public class CalibrationTests
{
    [Fact]
    public void Of_FewAnswers_BinsThemAndWeighsTheErrors()
    {
        var calibration = Calibration.Of([0.0, 0.5, 0.51, 1.0], [false, true, false, true], bins: 2);
        Assert.Equal(2, calibration.Bins[0].Count); // the upper end belongs to the bin
        Assert.Equal(0.25, calibration.Bins[0].MeanProbability);
        Assert.Equal(0.5, calibration.Bins[0].Accuracy);
        Assert.Equal(0.755, calibration.Bins[1].MeanProbability, 12);
        Assert.Equal((0.5 * 0.25) + (0.5 * 0.255), calibration.ExpectedError, 12);
        Assert.Equal((0.25 + (0.51 * 0.51)) / 4, calibration.Brier, 12);
    }

    [Fact]
    public void Of_EmptyBin_HasNoAccuracy()
    {
        var calibration = Calibration.Of([0.95], [true]);
        Assert.Equal(10, calibration.Bins.Count);
        Assert.Equal(double.NaN, calibration.Bins[0].Accuracy);
        Assert.Null(calibration.Bins[0].Interval);
        Assert.NotNull(calibration.Bins[9].Interval);
    }

    [Fact]
    public void Of_BadInput_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Calibration.Of([], []));
        Assert.Throws<ArgumentException>(() => Calibration.Of([0.5], [true, false]));
        Assert.Throws<ArgumentException>(() => Calibration.Of([1.5], [true]));
        Assert.Throws<ArgumentException>(() => Calibration.Of([double.NaN], [true]));
    }
}
