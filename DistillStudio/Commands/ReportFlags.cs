using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Reports.Writing;

namespace DistillStudio.Commands;

/// <summary>The format and the file of a report.</summary>
internal static class ReportFlags
{
    /// <summary>Names of the formats, for a help text.</summary>
    public static string Names { get; } = string.Join(", ", ReportFormat.All.Select(format => format.Name));

    /// <summary>Returns the format of that name; adds a problem and returns null if there is none.</summary>
    public static ReportFormat? Read(Usage usage, string name, string known)
    {
        if (ReportFormat.Find(name) is { } format)
        {
            return format;
        }

        usage.Add($"--format {name} is unknown; use {known}.");
        return null;
    }

    /// <summary>Adds a problem if the file's extension contradicts the format.</summary>
    public static void Check(Usage usage, ReportFormat format, string? path)
    {
        if (format == ReportFormat.Markdown && Path.GetExtension(path) is ".md" or ".html")
        {
            usage.Add(
                $"--out {path} is not a zip archive, which --format markdown writes for the text and its figures; "
                + $"name a file that ends in {format.Ending}.");
        }
    }

    /// <summary>Writes the report and prints its path.</summary>
    /// <param name="path">Path that the user gave; null for the report's own name in the working folder.</param>
    /// <exception cref="InputException">As for <see cref="OutputFile.Create"/>.</exception>
    public static void Write(Terminal terminal, Report report, ReportFormat format, string? path, bool isJson)
    {
        string file = Path.GetFullPath(path ?? report.FileName + format.Ending);
        OutputFile.Create(file, stream => format.Write(stream, report));
        long bytes = new FileInfo(file).Length;
        terminal.Out.WriteLine(isJson
            ? JsonSerializer.Serialize(new { File = file, Bytes = bytes, Format = format.Name, report.Title }, EngineJson.Events)
            : $"{file}: {ByteSize.Format(bytes)}.");
    }
}
