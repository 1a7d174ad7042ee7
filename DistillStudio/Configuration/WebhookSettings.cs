namespace DistillStudio.Configuration;

/// <summary>Form of a webhook's body.</summary>
public enum WebhookForm
{
    Plain,
    Slack,
    Discord,
}

/// <summary>Where notices are sent.</summary>
/// <param name="Url">May hold a secret in its path, as Slack's and Discord's do: never shown.</param>
/// <param name="KeyFile">File with the key that signs; null for <see cref="KeyVariable"/>.</param>
public sealed record WebhookSettings(Uri Url, WebhookForm Form, string? KeyFile)
{
    public const string KeyVariable = "DISTILLSTUDIO_WEBHOOK_KEY";

    private static readonly string Forms = string.Join(", ", Enum.GetNames<WebhookForm>()).ToLowerInvariant();

    /// <summary>Reads the settings, and adds what is wrong with them to <paramref name="problems"/>.</summary>
    /// <param name="value">Returns a setting's value; null if it is not set.</param>
    /// <param name="place">Returns where a setting was set.</param>
    /// <param name="problems">Receives a sentence each.</param>
    /// <returns>Null if there is no webhook.</returns>
    internal static WebhookSettings? Read(Func<string, string?> value, Func<string, string> place, ICollection<string> problems)
    {
        if (value(StudioSettings.WebhookUrl) is not { } url)
        {
            string[] others = [StudioSettings.WebhookForm, StudioSettings.WebhookKeyFile];
            foreach (string idle in others.Where(name => value(name) is not null))
            {
                problems.Add($"{place(idle)} has no effect without an address to send to; "
                    + $"add {StudioSettings.Flags[StudioSettings.WebhookUrl]}.");
            }

            return null;
        }

        var form = WebhookForm.Plain;
        if (value(StudioSettings.WebhookForm) is { } written
            && (written.Any(c => !char.IsAsciiLetter(c)) || !Enum.TryParse(written, ignoreCase: true, out form)))
        {
            problems.Add($"{place(StudioSettings.WebhookForm)} {written} is not valid; use {Forms}.");
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
        {
            problems.Add($"{place(StudioSettings.WebhookUrl)} is not a plain http or https address; write one such as "
                + "https://hooks.example.org/services/…, without a user and without #.");
            return null;
        }

        return new(address, form, value(StudioSettings.WebhookKeyFile));
    }
}
