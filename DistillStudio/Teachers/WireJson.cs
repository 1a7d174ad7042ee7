using System.Text.Json;
using System.Text.Json.Serialization;
using DistillStudio.Engine.Teachers;

namespace DistillStudio.Teachers;

/// <summary>JSON of the endpoints' wire protocol.</summary>
internal static class WireJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNameCaseInsensitive = true,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    };
}

/// <summary>A request to <c>/completions</c>.</summary>
internal sealed record CompletionRequest(string Model, string Prompt, int MaxTokens, double? Temperature, IReadOnlyList<string>? Stop);

/// <summary>A response of <c>/completions</c> or <c>/chat/completions</c>.</summary>
internal sealed record WireCompletion(IReadOnlyList<WireChoice>? Choices, WireUsage? Usage)
{
    public TeacherReply Reply()
    {
        WireChoice choice = Choices![0];
        string? finish = string.IsNullOrEmpty(choice.Message?.Refusal) ? choice.FinishReason : TeacherCompletion.Refusal;
        return new(choice.Text ?? choice.Message?.Content ?? "", finish, Usage?.PromptTokens, Usage?.CompletionTokens, 0);
    }
}

internal sealed record WireChoice(string? Text, WireMessage? Message, string? FinishReason);

internal sealed record WireMessage(string? Role, string? Content, string? Refusal = null);

internal sealed record WireUsage(int? PromptTokens, int? CompletionTokens);
