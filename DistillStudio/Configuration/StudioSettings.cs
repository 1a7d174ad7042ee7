namespace DistillStudio.Configuration;

/// <summary>
/// Names of the studio's settings: the keys of the section <c>DistillStudio</c> in <c>appsettings.json</c> and in environment
/// variables, each with its flag.
/// </summary>
internal static class StudioSettings
{
    public const string Section = "DistillStudio";

    public const string Port = "Port";
    public const string Urls = "Urls";
    public const string AllowedHosts = "AllowedHosts";
    public const string TrustedProxies = "TrustedProxies";
    public const string PathBase = "PathBase";
    public const string AutoResume = "AutoResume";
    public const string HubUrl = "HubUrl";
    public const string DatasetsUrl = "DatasetsUrl";
    public const string WebhookUrl = "WebhookUrl";
    public const string WebhookForm = "WebhookForm";
    public const string WebhookKeyFile = "WebhookKeyFile";

    public const int LargestPort = 65_535;

    public static readonly IReadOnlyDictionary<string, string> Flags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [Port] = "--port",
        [Urls] = "--urls",
        [AllowedHosts] = "--allowed-hosts",
        [TrustedProxies] = "--trusted-proxy",
        [PathBase] = "--path-base",
        [AutoResume] = "--no-auto-resume",
        [HubUrl] = "--hub",
        [DatasetsUrl] = "--datasets-url",
        [WebhookUrl] = "--webhook",
        [WebhookForm] = "--webhook-form",
        [WebhookKeyFile] = "--webhook-key-file",
    };

    /// <summary>Splits a list as written in a flag or a variable: at semicolons, each entry once, without blanks and empty ones.</summary>
    public static string[] List(string? text) =>
    [
        .. (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];
}
