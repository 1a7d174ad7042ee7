namespace DistillStudio.History;

/// <summary>A curve of a run.</summary>
public enum Metric
{
    // One point a step.
    LabelLoss,
    RationaleLoss,
    Loss,
    LearningRate,
    GradientNorm,

    /// <summary>Unpadded input and target tokens.</summary>
    TokensPerSecond,
    ExamplesPerSecond,
    StepSeconds,
    MemoryBytes,

    /// <summary>Cores the process kept busy.</summary>
    CpuCores,

    /// <summary>Share of the time that the GPU was busy, in [0, 1].</summary>
    GpuUse,

    // One point an evaluation on validation.
    ValidLabelLoss,
    ValidRationaleLoss,
    ValidLoss,

    /// <summary>In [0, 1].</summary>
    ValidAccuracy,
}

/// <summary>What a curve is drawn against; each grows with the steps.</summary>
public enum Axis
{
    Step,

    /// <summary>Passes over the training rows.</summary>
    Epoch,

    /// <summary>Rows seen.</summary>
    Examples,

    /// <summary>Time the run has taken, pauses and interruptions left out.</summary>
    Seconds,
}
