namespace DistillStudio.Components.Controls;

/// <summary>Finds an evaluation among those at which samples were taken.</summary>
public static class SampleSteps
{
    /// <summary>Index of the last one at or before <paramref name="step"/>, of the first where none is; the last where null. -1 where there are none.</summary>
    /// <param name="steps">Ascending.</param>
    /// <param name="step">Null for the latest.</param>
    public static int IndexOf(IReadOnlyList<int> steps, int? step)
    {
        if (steps.Count == 0 || step is null)
        {
            return steps.Count - 1;
        }

        int later = steps.Count(s => s > step);
        return Math.Max(0, steps.Count - later - 1);
    }
}
