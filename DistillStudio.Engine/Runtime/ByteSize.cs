using System.Globalization;

namespace DistillStudio.Engine.Runtime;

/// <summary>Formats sizes in bytes with decimal units (1 GB is 10^9 bytes), so that a size is displayed the same everywhere.</summary>
public static class ByteSize
{
    public const int KB = 1_000;
    public const int MB = 1_000_000;
    public const int GB = 1_000_000_000;

    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB"];

    /// <summary>Formats with at most three significant digits, such as <c>1.29 GB</c>, <c>64 MB</c> or <c>950 bytes</c>.</summary>
    /// <param name="bytes">0 or more.</param>
    public static string Format(double bytes)
    {
        int unit = 0;
        for (; bytes >= 999.5 && unit < Units.Length - 1; unit++)
        {
            bytes /= KB;
        }

        string form = bytes < 9.995 ? "0.##" : bytes < 99.95 ? "0.#" : "#,0";
        return $"{bytes.ToString(form, CultureInfo.InvariantCulture)} {Units[unit]}";
    }
}
