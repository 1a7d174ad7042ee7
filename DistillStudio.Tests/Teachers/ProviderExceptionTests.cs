using System.Net;
using DistillStudio.Teachers;

namespace DistillStudio.Tests.Teachers;

public class ProviderExceptionTests
{
    [Theory]
    [InlineData("""{"error": {"message": "no such model"}}""", "«no such model»")]
    [InlineData("""{"error": {"message": "\ud800"}}""", "ud800")]
    [InlineData("""{"error": "\ud800"}""", "ud800")]
    [InlineData("<html>", "«<html>»")]
    [InlineData("", "no words")]
    public void Of_AnyBody_TellsTheProvidersWords(string body, string words)
    {
        var failure = ProviderException.Of(HttpStatusCode.BadRequest, body, new Uri("https://provider.example/v1/chat"));

        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Contains("answered 400", failure.Message, StringComparison.Ordinal);
    }
}
