
namespace DistillStudio.Engine.Runtime.Files;

/// <summary>Detects what a download may leave in place of a file: a Git LFS pointer, a web page, a dangling link.</summary>
internal static class FileStandIn
{
    private const int LargestHead = 256;

    /// <summary>Describes what is in place of the file; null if the file appears genuine or cannot be read.</summary>
    internal static string? WhatIs(string path)
    {
        try
        {
            if (new FileInfo(path).LinkTarget is { } target
                && File.ResolveLinkTarget(path, returnFinalTarget: true) is not { Exists: true })
            {
                return $"a link to {target}, which does not exist";
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
            return null; // the code that reads the file reports why it cannot be read
        }
    }

    /// <summary>Describes what is in place of the file, judged by its first bytes.</summary>
    internal static string? WhatIs(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("version https://git-lfs.github.com/spec/"u8) || head.StartsWith("version https://hawser.github.com/spec/"u8))
        {
            return "a Git LFS pointer";
        }

        ReadOnlySpan<byte> text = head.TrimStart(" \t\r\n"u8);
        return StartsWith(text, "<!doctype html"u8) || StartsWith(text, "<html"u8) ? "a web page" : null;
    }

    /// <summary>Creates the exception for a file that <see cref="WhatIs(string)"/> has identified as something else.</summary>
    internal static InputException Refuse(string path, string whatIs) => new(
        $"{path} is {whatIs}, not the file itself; run git lfs pull in {Path.GetDirectoryName(Path.GetFullPath(path))} if it is a Git "
            + $"clone, or download the file again.");

    /// <exception cref="InputException">Something else is in place of the file.</exception>
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
