using System.ClientModel;
using System.Net;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace DistillStudio.Teachers;

/// <summary>A prompt as a conversation: instructions, each worked example as a turn, then the row.</summary>
internal static class ChatRequest
{
    /// <summary>The host whose newer models accept only <c>max_completion_tokens</c>; most others accept <c>max_tokens</c>.</summary>
    private const string NewNameHost = "api.openai.com";

    private const string NewName = "max_completion_tokens";

    public static List<ChatMessage> Messages(Prompt prompt)
    {
        var messages = new List<ChatMessage>();
        if (prompt.Instructions.Length > 0)
        {
            messages.Add(new(ChatRole.System, prompt.Instructions));
        }

        foreach ((string asked, string answered) in prompt.Examples)
        {
            messages.Add(new(ChatRole.User, asked));
            messages.Add(new(ChatRole.Assistant, answered));
        }

        messages.Add(new(ChatRole.User, prompt.Row));
        return messages;
    }

    /// <param name="spec">Temperature, tokens and stop texts.</param>
    /// <param name="usesNewName">True to limit the tokens as <c>max_completion_tokens</c>.</param>
    public static ChatOptions Options(TeacherJobSpec spec, bool usesNewName)
    {
        var options = new ChatOptions
        {
            Temperature = (float?)spec.Temperature,
            StopSequences = spec.Template.Stop is { Count: > 0 } stop ? [.. stop] : null
        };
        if (usesNewName)
        {
            options.MaxOutputTokens = spec.MaxTokens;
        }
        else
        {
            options.RawRepresentationFactory = _ =>
            {
                var raw = new ChatCompletionOptions();
#pragma warning disable SCME0001 // the only way to send a field that the package no longer has
                raw.Patch.Set("$.max_tokens"u8, spec.MaxTokens);
#pragma warning restore SCME0001
                return raw;
            };
        }

        return options;
    }

    /// <summary>Returns the body of a request in a line of a batch.</summary>
    public static Dictionary<string, object?> Body(TeacherJobSpec spec, Prompt prompt)
    {
        var body = new Dictionary<string, object?>
        {
            ["model"] = spec.Address.Model,
            ["messages"] = Messages(prompt).Select(m => new WireMessage(m.Role.Value, m.Text)),
            [UsesNewName(spec) ? NewName : "max_tokens"] = spec.MaxTokens,
        };
        if (spec.Temperature is { } temperature)
        {
            body["temperature"] = temperature;
        }

        if (spec.Template.Stop.Count > 0)
        {
            body["stop"] = spec.Template.Stop;
        }

        return body;
    }

    public static bool UsesNewName(TeacherJobSpec spec) => new Uri(spec.Address.Endpoint).Host == NewNameHost;

    /// <summary>Returns true for an error that names the field to send instead, as other hosts of OpenAI's models answer.</summary>
    public static bool DemandsNewName(ClientResultException e) =>
        e.Status == (int)HttpStatusCode.BadRequest
            && e.GetRawResponse()?.Content.ToString().Contains(NewName, StringComparison.Ordinal) == true;
}
