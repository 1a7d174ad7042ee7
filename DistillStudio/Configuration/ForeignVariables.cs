using System.Collections;

namespace DistillStudio.Configuration;

/// <summary>
/// Environment variables through which other ASP.NET programs listen. The studio does not read them, since an address not intended
/// for it would open it to the network, but reports that.
/// </summary>
internal static class ForeignAddresses
{
    /// <summary>The web server's prefixes. HTTP_PORTS is not listed: Microsoft's container images set it for every program.</summary>
    private static readonly string[] Prefixes = ["", "DOTNET_", "ASPNETCORE_"];

    /// <summary>Returns one sentence that names the variables that are set; null if none is.</summary>
    public static string? Note()
    {
        string[] set =
        [
            .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                .Where(variable => variable.Value is string { Length: > 0 })
                .Select(variable => (string)variable.Key)
                .Where(IsAddress)
                .Order(StringComparer.Ordinal),
        ];
        return set.Length == 0 ? null : $"{string.Join(" and ", set)} {(set.Length == 1 ? "is" : "are")} not read; "
            + $"give the studio's addresses with --urls.";
    }

    private static bool IsAddress(string variable) => Prefixes.Any(prefix =>
        (prefix.Length > 0 && variable.Equals($"{prefix}URLS", StringComparison.OrdinalIgnoreCase))
        || variable.StartsWith($"{prefix}Kestrel__Endpoints__", StringComparison.OrdinalIgnoreCase));
}
