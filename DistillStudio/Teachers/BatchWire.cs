using System.Text.Json;

namespace DistillStudio.Teachers;

/// <summary>A batch as the provider describes it.</summary>
internal sealed record WireBatch(string Id, string Status, string? InputFileId, string? OutputFileId, string? ErrorFileId,
    WireBatchErrors? Errors, WireBatchCounts? RequestCounts = null)
{
    /// <summary>True if nothing more will come; an expired or cancelled batch may have answered some of its requests.</summary>
    public bool IsOver => Status is "completed" or "failed" or "expired" or "cancelled";
}

/// <summary>How far a provider has come with a batch.</summary>
internal sealed record WireBatchCounts(int? Total, int? Completed)
{
    /// <summary>As it follows the state in a sentence; empty if the provider does not say.</summary>
    public string Text => Completed is { } completed && Total is > 0 ? $", {completed:N0} of {Total:N0} requests done" : "";
}

internal sealed record WireBatchErrors(IReadOnlyList<WireError>? Data);

internal sealed record WireError(string? Message);

internal sealed record WireBatchList(IReadOnlyList<WireBatch>? Data);

internal sealed record WireFile(string Id);

/// <summary>One line of a batch's output or error file.</summary>
internal sealed record WireBatchLine(string CustomId, WireBatchResponse? Response, WireError? Error);

internal sealed record WireBatchResponse(int StatusCode, JsonElement Body);

/// <summary>A batch that was sent; kept in <c>batches.json</c> until its answers are recorded.</summary>
/// <param name="InputFile">The provider's id of the uploaded file.</param>
/// <param name="Id">The provider's id of the batch; null if the process ended before receiving it.</param>
/// <param name="Requests">Its requests: row · samples + sample.</param>
internal sealed record SentBatch(string InputFile, string? Id, IReadOnlyList<int> Requests);
