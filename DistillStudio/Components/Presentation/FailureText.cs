using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Components.Presentation;

/// <summary>Formats unexpected failures for a page.</summary>
internal static class FailureText
{
    /// <summary>Returns one sentence; for exceptions with a user-facing message, that message.</summary>
    public static string Sentence(Exception e) => e switch
    {
        StudioException known => known.Message,
        _ when NativeErrors.IsOutOfMemory(e) => "Out of memory; use smaller batches, shorter inputs or a smaller model.",
        _ => $"Unexpected error: {NativeErrors.FirstLine(e).TrimEnd('.')}.",
    };
}
