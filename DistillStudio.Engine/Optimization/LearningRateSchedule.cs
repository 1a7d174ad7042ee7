using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Optimization;

/// <summary>
/// Computes the learning rate of each step, with the formulas of transformers' <c>get_linear_schedule_with_warmup</c> and its constant and
/// cosine variants. The paper's schedule is linear without a warm-up.
/// </summary>
public static class LearningRateSchedule
{
    /// <summary>
    /// Returns the rate of the step taken after <paramref name="completed"/> steps. During the warm-up it is lr · completed / warmup, so
    /// that the first step of a run with a warm-up has rate 0. Afterwards, with w warm-up steps of n: linear lr · (n − completed) / (n −
    /// w); cosine lr · ½ (1 + cos(π · (completed − w) / (n − w))); constant lr.
    /// </summary>
    /// <param name="spec">Provides the highest rate, the warm-up, the schedule and the number of steps.</param>
    /// <param name="completed">Number of completed steps, 0 for the first step.</param>
    public static double Rate(RunSpec spec, int completed)
    {
        if (completed < spec.WarmupSteps)
        {
            return spec.LearningRate * completed / spec.WarmupSteps;
        }

        int left = Math.Max(0, spec.MaxSteps - completed);
        int falling = Math.Max(1, spec.MaxSteps - spec.WarmupSteps);
        return spec.LrSchedule switch
        {
            LrSchedule.Constant => spec.LearningRate,
            LrSchedule.Cosine => spec.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * (falling - left) / falling)),
            _ => spec.LearningRate * left / falling,
        };
    }
}
