namespace DistillStudio.Engine.Training;

/// <summary>The paper's learning rate: linear decay to 0, no warm-up.</summary>
public static class LinearSchedule
{
    /// <summary>Rate of the step taken after <paramref name="completed"/> of <paramref name="maxSteps"/> steps: lr · (max − completed) / max.</summary>
    public static double Rate(double lr, int completed, int maxSteps) =>
        lr * Math.Max(0, maxSteps - completed) / maxSteps;
}
