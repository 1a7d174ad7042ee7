namespace DistillStudio.History;

/// <summary>A run folder with a file that cannot be read.</summary>
/// <param name="Id">Name of the folder.</param>
/// <param name="Problem">One sentence with the file, its problem and how to fix it.</param>
public sealed record UnreadableRun(string Id, string Problem);
