namespace DistillStudio.History;

/// <summary>How far a run's event file has been read.</summary>
/// <param name="Offset">Bytes read; always the end of a line.</param>
/// <param name="Mark">The end of the last line read, as base64: where the file no longer says this just before the offset, it was rewritten.</param>
public sealed record Bookmark(long Offset, string Mark)
{
    public static Bookmark Start { get; } = new(0, "");
}
