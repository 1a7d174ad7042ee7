namespace DistillStudio.History;

/// <summary>A run's folder whose settings cannot be read.</summary>
/// <param name="Id">Name of the folder.</param>
/// <param name="Problem">One sentence: which file, what is wrong with it, how to mend it.</param>
public sealed record UnreadableRun(string Id, string Problem);
