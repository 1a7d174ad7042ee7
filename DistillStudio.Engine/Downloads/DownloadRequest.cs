using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Downloads;

/// <summary>One file to download.</summary>
/// <param name="Address">An <c>http</c> or <c>https</c> address.</param>
/// <param name="Path">Where the file appears once it is complete and verified; an existing file is replaced. Until then its bytes are in
/// <c>PATH.part</c>, from which a later download of the same address resumes.</param>
public sealed record DownloadRequest(Uri Address, string Path)
{
    private const long DefaultLimit = 1L << 40;

    /// <summary>Size that the file must have; null if it is not known.</summary>
    public long? Bytes { get; init; }

    /// <summary>SHA-256 that the file must have, in hexadecimal; null if it is not known, or only from the server.</summary>
    public string? Sha256 { get; init; }

    /// <summary>True if an <c>ETag</c> of 64 hexadecimal digits is the file's SHA-256, as model hubs send it.</summary>
    public bool TrustsEntityTag { get; init; }

    /// <summary>Value of the header <c>Authorization</c>; sent to the address's own host only, never to where it redirects.</summary>
    public string? Authorization { get; init; }

    /// <summary>Maximum size in bytes, for servers that announce none.</summary>
    public long LimitBytes { get; init; } = DefaultLimit;
}

/// <param name="Bytes">Bytes on disk, including those of an earlier download.</param>
/// <param name="Total">Size of the file; null if the server does not announce it.</param>
public sealed record DownloadProgress(long Bytes, long? Total)
{
    /// <summary>Why nothing arrives, and when it is tried again; null while data arrives.</summary>
    public string? Waiting { get; init; }

    /// <summary>The progress as part of a sentence: <c>12 MB of 125 MB</c>, or why it waits; empty before the first byte.</summary>
    public string Text => Waiting
        ?? (Bytes == 0 && Total is null ? "" : $"{ByteSize.Format(Bytes)}{(Total is { } total ? $" of {ByteSize.Format(total)}" : "")}");
}

/// <param name="Sha256">SHA-256 of the whole file, in lower-case hexadecimal.</param>
/// <param name="IsVerified">True if the SHA-256 was compared with one that was given or that the server announced.</param>
/// <param name="ResumedAt">Bytes left by an earlier download; 0 if there was none.</param>
public sealed record DownloadResult(long Bytes, string Sha256, bool IsVerified, long ResumedAt)
{
    /// <summary>The commit in <c>X-Repo-Commit</c>, as model hubs send it; null if there is none.</summary>
    public string? Commit { get; init; }
}

/// <summary>How long to wait for a server, and how often to retry.</summary>
public sealed record DownloadPatience
{
    /// <summary>Longest time without a byte, or without an answer, before the connection counts as broken.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Consecutive failures, without a byte in between, after which the download fails.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Pause before the second attempt; doubled for each further one.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause that a server may request with <c>Retry-After</c>.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);
}
