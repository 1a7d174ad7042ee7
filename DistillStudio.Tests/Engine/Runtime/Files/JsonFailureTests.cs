using System.Text.Json;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Runtime.Files;

public class JsonFailureTests
{
    [Theory]
    [InlineData("""{"dataset": "demo", "from_pretrained": "demo", "batch_size": 1e99}""", "batch_size does not hold")]
    [InlineData("""{"dataset": "demo", "from_pretrained": "demo", "threads": true}""", "threads does not hold")]
    [InlineData("""{"dataset": {"a": 1}, "from_pretrained": "demo"}""", "dataset does not hold")]
    [InlineData("""{"dataset": "demo"}""", "from_pretrained is missing")]
    [InlineData("[]", "it does not hold an object of settings")]
    [InlineData("""{"dataset": "demo",""", "Expected")]
    public void Describe_SettingsThatCannotBeRead_NamesTheFieldAndNoType(string text, string words)
    {
        string why = JsonFailure.Describe(
            Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize<RunSpec>(text, EngineJson.Spec)));
        Assert.StartsWith(words, why, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", why, StringComparison.Ordinal);
        Assert.DoesNotContain("DistillStudio.", why, StringComparison.Ordinal);
        Assert.DoesNotContain("Path:", why, StringComparison.Ordinal);
    }
}
