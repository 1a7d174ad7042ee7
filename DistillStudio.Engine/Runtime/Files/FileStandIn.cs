using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime.Files;

/// <summary>What a download leaves behind instead of the file that was meant: the pointer of Git LFS, a web page, a link to nothing.</summary>
internal static class FileStandIn
{
    private const int LargestHead = 256;

    /// <summary>What lies there instead of the file; null where nothing shows that, or the file cannot be read.</summary>
    internal static string? WhatIs(string path)
    {
        try
        {
            if (new FileInfo(path).LinkTarget is { } target && File.ResolveLinkTarget(path, returnFinalTarget: true) is not { Exists: true })
            {
                return $"a link to {target}, which is not there";
            }

            if (!File.Exists(path))
            {
                return null;
            }

            using FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            Span<byte> head = stackalloc byte[LargestHead];
            return WhatIs(head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // whoever reads the file says why it cannot
        }
    }

    /// <summary>The same, told from a file's first bytes.</summary>
    internal static string? WhatIs(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("version https://git-lfs.github.com/spec/"u8) || head.StartsWith("version https://hawser.github.com/spec/"u8))
        {
            return "a Git LFS pointer";
        }

        ReadOnlySpan<byte> text = head.TrimStart(" \t\r\n"u8);
        return StartsWith(text, "<!doctype html"u8) || StartsWith(text, "<html"u8) ? "a web page" : null;
    }

    /// <summary>The sentence for a file of which <see cref="WhatIs(string)"/> says what it is instead.</summary>
    internal static InputException Refuse(string path, string whatIs) => new(
        $"{path} is {whatIs}, not the file itself; run git lfs pull in {Path.GetDirectoryName(Path.GetFullPath(path))} if it is a Git clone, else download the file again.");

    /// <exception cref="InputException">Something else lies there instead of the file.</exception>
    internal static void Require(string path)
    {
        if (WhatIs(path) is { } standIn)
        {
            throw Refuse(path, standIn);
        }
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCase) =>
        text.Length >= lowerCase.Length && System.Text.Ascii.EqualsIgnoreCase(text[..lowerCase.Length], lowerCase);
}
