namespace DistillStudio.Tests;

/// <summary>Tests that measure time: they run one at a time, after all others.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
