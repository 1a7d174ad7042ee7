using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Components.Controls;

/// <summary>What a page says where something failed that it could not foresee.</summary>
internal static class FailureText
{
    /// <summary>One sentence; an exception made for people is its own.</summary>
    public static string Sentence(Exception e) => e switch
    {
        StudioException known => known.Message,
        _ when NativeErrors.IsOutOfMemory(e) => "Memory ran out; take smaller batches, shorter inputs or a smaller model.",
        _ => $"Something unexpected happened: {NativeErrors.FirstLine(e).TrimEnd('.')}.",
    };
}
