using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>Writes a mapping as flags, so that an import can be repeated.</summary>
public static class MappingText
{
    public static string Of(ColumnMapping mapping)
    {
        (string Flag, string? Value)[] flags =
        [
            ("--task", TaskNames.NameOf(mapping.Task)),
            ("--input", mapping.Input),
            ("--label", mapping.Label),
            ("--choices", mapping.Choices),
            ("--rationale", mapping.Rationale),
            ("--teacher", mapping.Teacher),
            ("--teacher-label", mapping.TeacherLabel),
            ("--teacher-rationale", mapping.TeacherRationale),
            ("--key", mapping.Key),
        ];
        return string.Join(' ', flags.Where(flag => flag.Value is not null).Select(flag => $"{flag.Flag} {Quoted(flag.Value!)}"));
    }

    private static string Quoted(string value) =>
        value.All(c => char.IsAsciiLetterOrDigit(c)
            || c is '.' or '_' or '-' or ',') && value.Length > 0 ? value : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
