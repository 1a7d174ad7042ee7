namespace DistillStudio.Tests.Support;

/// <summary>Tests that measure time or drive a browser: they run one at a time, after all others, so that no other test slows them
/// down.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
