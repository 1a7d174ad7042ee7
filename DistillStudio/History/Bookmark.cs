namespace DistillStudio.History;

/// <summary>How far a run's event file has been read.</summary>
/// <param name="Offset">Bytes read; always the end of a line.</param>
/// <param name="Mark">
/// Last bytes before the offset, as base64. The file was rewritten if it no longer has these bytes just before the offset.
/// </param>
public sealed record Bookmark(long Offset, string Mark)
{
    public static Bookmark Start { get; } = new(0, "");
}
