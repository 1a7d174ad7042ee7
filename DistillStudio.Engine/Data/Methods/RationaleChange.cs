namespace DistillStudio.Engine.Data.Methods;

/// <summary>How the teacher's rationales are changed before training; controls that show which part of them helps.</summary>
public enum RationaleChange
{
    /// <summary>As the teacher wrote them.</summary>
    None,

    /// <summary>
    /// Training rows pass their rationales on in one cycle, drawn with the run's seed, so that no row keeps its own. Validation and test
    /// rows keep theirs.
    /// </summary>
    Shuffled,

    /// <summary>Reduced to <see cref="Methods.KeyTokens"/>, in every split.</summary>
    KeyTokens,
}
