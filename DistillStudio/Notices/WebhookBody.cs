using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DistillStudio.Configuration;

namespace DistillStudio.Notices;

/// <summary>The content sent for a notice: names, figures and messages of a run or a study; neither settings nor keys.</summary>
internal static class WebhookBody
{
    /// <summary>Discord refuses messages of more than 2,000 characters.</summary>
    private const int LongestText = 1500;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // read by programs, never embedded in a page
    };

    /// <summary>Returns the JSON body.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="form">The receiver's form.</param>
    /// <param name="page">Absolute address of the page to look at.</param>
    public static byte[] Of(Notice notice, WebhookForm form, string page) => JsonSerializer.SerializeToUtf8Bytes(
        form switch
        {
            WebhookForm.Slack => new { text = $"*{ForSlack(notice.Title)}*\n{ForSlack(Cut(notice.Text))}\n<{page}>" },
            WebhookForm.Discord => new
            {
                content = $"**{notice.Title}**\n{Cut(notice.Text)}\n<{page}>",
                allowed_mentions = new { parse = Array.Empty<string>() }, // a name such as @everyone must notify no one
            },
            _ => (object)new
            {
                id = notice.Id,
                @event = notice.Kind,
                title = notice.Title,
                text = Cut(notice.Text),
                page,
                time = notice.Time,
            },
        },
        Json);

    /// <summary>Returns the signature: HMAC-SHA256, in lower-case hex digits, of the time, a full stop and the body.</summary>
    /// <param name="key">The key shared with the receiver, as UTF-8.</param>
    /// <param name="time">Seconds since 1970, as sent.</param>
    /// <param name="body">The bytes sent.</param>
    public static string Sign(string key, string time, byte[] body) => Convert.ToHexStringLower(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), (byte[])[.. Encoding.UTF8.GetBytes($"{time}."), .. body]));

    /// <summary>Escapes what Slack reads as links and mentions.</summary>
    private static string ForSlack(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static string Cut(string text) => text.Length <= LongestText ? text : $"{text[..LongestText]}…";
}
