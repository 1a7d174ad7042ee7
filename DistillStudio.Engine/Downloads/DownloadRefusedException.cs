using System.Net;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Downloads;

/// <summary>A server permanently refused a file.</summary>
/// <param name="status">Status of the response.</param>
/// <param name="code">The value of <c>X-Error-Code</c>, as model hubs send it; null if there is none.</param>
public sealed class DownloadRefusedException(string message, HttpStatusCode status, string? code) : InputException(message)
{
    public HttpStatusCode Status => status;

    public string? Code => code;
}
