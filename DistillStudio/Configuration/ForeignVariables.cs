using System.Collections;

namespace DistillStudio.Configuration;

/// <summary>
/// Environment variables that configure other ASP.NET programs. The studio does not read them, since an address or a limit not intended
/// for it would open it to the network or change how it works, but reports that.
/// </summary>
internal static class ForeignVariables
{
    private const string Web = "ASPNETCORE_";

    /// <summary>The host's prefixes.</summary>
    private static readonly string[] Prefixes = ["", "DOTNET_", Web];

    /// <summary>What the studio or .NET reads, or what container images and development tools set for every program.</summary>
    private static readonly string[] Known =
        ["ENVIRONMENT", "TEMP", "HTTP_PORTS", "HOSTINGSTARTUPASSEMBLIES", "AUTO_RELOAD_WS_ENDPOINT", "AUTO_RELOAD_WS_KEY"];

    private static readonly string Certificate = $"{CertificateSettings.Section.Replace(":", "__", StringComparison.Ordinal)}__";

    /// <summary>Returns one sentence that names the variables that are set; null if none is.</summary>
    public static string? Note() => Note(
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => variable.Value is string { Length: > 0 })
            .Select(variable => (string)variable.Key));

    /// <param name="variables">Names of all variables that are set.</param>
    internal static string? Note(IEnumerable<string> variables)
    {
        string[] set = [.. variables.Where(variable => IsAddress(variable) || IsOther(variable)).Order(StringComparer.Ordinal)];
        string remedy = set.All(IsAddress)
            ? "give the studio's addresses with --urls"
            : $"the studio is set with the flags of serve, {StudioSettings.Section}__NAME, "
                + $"{string.Join(" and ", LoggingSettings.Parts.Select(part => $"{LoggingSettings.Section}__{part}__NAME"))}, "
                + $"its certificate with {Certificate}NAME";
        return set.Length == 0 ? null : $"{Listed(set)} {(set.Length == 1 ? "is" : "are")} not read; {remedy}.";
    }

    private static string Listed(string[] names) =>
        names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";

    private static bool IsAddress(string variable) => Prefixes.Any(prefix =>
        (prefix.Length > 0 && variable.Equals($"{prefix}URLS", StringComparison.OrdinalIgnoreCase))
        || StartsWith(variable, $"{prefix}Kestrel__Endpoints__"));

    /// <summary>Returns true for other settings of the web server or the log, and for settings of the host.</summary>
    private static bool IsOther(string variable) =>
        Prefixes.Any(prefix => StartsWith(variable, $"{prefix}Kestrel__")
            && !StartsWith(variable, $"{prefix}{Certificate}"))
        || Prefixes[1..].Any(prefix => StartsWith(variable, $"{prefix}{LoggingSettings.Section}__"))
        || (StartsWith(variable, $"{LoggingSettings.Section}__") && !LoggingSettings.Parts.Any(part =>
            StartsWith(variable, $"{LoggingSettings.Section}__{part}__")))
        || (StartsWith(variable, Web)
            && !variable[Web.Length..].Contains("__", StringComparison.Ordinal)
            && !Known.Contains(variable[Web.Length..], StringComparer.OrdinalIgnoreCase));

    private static bool StartsWith(string variable, string start) => variable.StartsWith(start, StringComparison.OrdinalIgnoreCase);
}
