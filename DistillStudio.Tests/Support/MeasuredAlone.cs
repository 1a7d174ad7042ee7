namespace DistillStudio.Tests.Support;

/// <summary>Tests that measure time or drive a browser: they run one at a time, after all others, so that no neighbour makes them
/// late.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
