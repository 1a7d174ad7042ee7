namespace DistillStudio.Components.Charts;

/// <summary>Computes the difference of two curves.</summary>
public static class Difference
{
    /// <summary>
    /// Returns the second curve minus the first at every x of either curve within the range of both, with linear interpolation between
    /// points.
    /// </summary>
    /// <param name="firstX">x values of the first curve, ascending.</param>
    /// <param name="secondX">x values of the second curve, ascending.</param>
    public static (IReadOnlyList<double> X, IReadOnlyList<double?> Y) Between(
        IReadOnlyList<double> firstX,
        IReadOnlyList<double?> firstY,
        IReadOnlyList<double> secondX,
        IReadOnlyList<double?> secondY)
    {
        (double X, double Y)[] first = Points(firstX, firstY), second = Points(secondX, secondY);
        if (first.Length == 0 || second.Length == 0)
        {
            return ([], []);
        }

        double from = Math.Max(first[0].X, second[0].X), to = Math.Min(first[^1].X, second[^1].X);
        double[] xs = [.. first.Concat(second).Select(p => p.X).Where(x => x >= from && x <= to).Distinct().Order()];
        return (xs, [.. xs.Select(x => (double?)(At(second, x) - At(first, x)))]);
    }

    private static (double X, double Y)[] Points(IReadOnlyList<double> x, IReadOnlyList<double?> y) =>
        [.. x.Zip(y).Where(p => p.Second is not null).Select(p => (p.First, p.Second!.Value))];

    /// <param name="points">Points of the curve, at least one; <paramref name="x"/> must be within their range.</param>
    private static double At((double X, double Y)[] points, double x)
    {
        int next = Array.FindIndex(points, p => p.X >= x);
        if (points[next].X == x)
        {
            // Several points may share one x, such as an evaluation repeated after a resume: uses the last one.
            return points.Last(p => p.X == x).Y;
        }

        (double X, double Y) left = points[next - 1], right = points[next];
        return left.Y + ((right.Y - left.Y) * (x - left.X) / (right.X - left.X));
    }
}
