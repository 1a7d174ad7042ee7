namespace DistillStudio.Engine.Model;

/// <summary>Ways of computing a step, for comparing them.</summary>
public enum PassKind
{
    /// <summary>The one that fits the device.</summary>
    Auto,

    /// <summary>libtorch's backward pass, as on a processor that the step by hand does not fit.</summary>
    Autograd,
}
