using System.Net;
using DistillStudio.Teachers;

namespace DistillStudio.Tests.Teachers;

public class ProviderExceptionTests
{
    [Theory]
    [InlineData("""{"error": {"message": "no such model"}}""", "\"no such model\"")]
    [InlineData("""{"error": {"message": "\ud800"}}""", "ud800")]
    [InlineData("""{"error": "\ud800"}""", "ud800")]
    [InlineData("<html>", "\"<html>\"")]
    [InlineData("", "no words")]
    public void Of_AnyBody_TellsTheProvidersWords(string body, string words)
    {
        var failure = ProviderException.Of(HttpStatusCode.BadRequest, body, new Uri("https://provider.example/v1/chat"));

        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Contains("answered 400", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, true, null, "renew the key")]
    [InlineData(HttpStatusCode.Unauthorized, false, null, "no key was sent: put it into OPENAI_API_KEY")]
    [InlineData(HttpStatusCode.NotFound, true, null, "check --endpoint")]
    [InlineData(HttpStatusCode.BadRequest, true, null, "ask with another --model")]
    [InlineData(HttpStatusCode.TooManyRequests, true, 60, "resume in 1 h 00 m")]
    [InlineData(HttpStatusCode.InternalServerError, true, null, "resume to ask again")]
    public void Of_Status_TellsWhatToDo(HttpStatusCode status, bool hasKey, int? minutes, string remedy)
    {
        var failure = ProviderException.Of(
            status, "", new Uri("https://provider.example/v1/chat"), hasKey, minutes is { } asked ? TimeSpan.FromMinutes(asked) : null);

        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, true, null, "then try again.")]
    [InlineData(HttpStatusCode.Unauthorized, false, null, "then try again.")]
    [InlineData(HttpStatusCode.PaymentRequired, true, null, "then try again.")]
    [InlineData(HttpStatusCode.TooManyRequests, true, 60, "so try again in 1 h 00 m.")]
    [InlineData(HttpStatusCode.InternalServerError, true, null, "; try again.")]
    public void Of_StatusInATrial_DoesNotTellToResume(HttpStatusCode status, bool hasKey, int? minutes, string remedy)
    {
        var failure = ProviderException.Of(
            status, "", new Uri("https://provider.example/v1/chat"), hasKey, minutes is { } asked ? TimeSpan.FromMinutes(asked) : null,
            ProviderException.TryAgain);

        Assert.EndsWith(remedy, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("resume", failure.Message, StringComparison.Ordinal);
    }
}
