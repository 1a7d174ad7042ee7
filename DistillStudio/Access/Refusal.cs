using System.Globalization;

namespace DistillStudio.Access;

/// <summary>Writes responses to rejected requests, each a status code with one sentence.</summary>
internal static class Refusal
{
    public const string TooMany = "Too many wrong tokens from your address; wait a minute.";

    public static Task WriteAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence + "\n", context.RequestAborted);
    }

    public static void AskToWait(HttpContext context) =>
        context.Response.Headers.RetryAfter = ((int)TokenGate.Window.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    public static Task TooManyAsync(HttpContext context)
    {
        AskToWait(context);
        return WriteAsync(context, StatusCodes.Status429TooManyRequests, TooMany);
    }
}
