namespace DistillStudio.Components.Controls;

/// <summary>Finds an evaluation among those with samples.</summary>
public static class SampleSteps
{
    /// <summary>
    /// Returns the index of the last step at or before <paramref name="step"/>, or 0 if there is none; the last index if
    /// <paramref name="step"/> is null; -1 if there are no steps.
    /// </summary>
    /// <param name="steps">Steps with samples, ascending.</param>
    /// <param name="step">The step to find; null for the latest.</param>
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
