using System.Text.Json;
using System.Text.Json.Serialization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Data;

/// <summary>How a label names one of the row's choices.</summary>
public enum ChoiceLabels
{
    /// <summary>By the choice's text.</summary>
    Text,

    /// <summary>By its letter: A is the first.</summary>
    Letter,

    /// <summary>By its number, from 0.</summary>
    FromZero,

    /// <summary>By its number, from 1.</summary>
    FromOne,
}

/// <summary>How the columns of a table become a dataset's rows.</summary>
/// <param name="Input">Template of the input, such as <c>{question}</c>; <c>{{</c> and <c>}}</c> are braces.</param>
/// <param name="Label">Column of the true label.</param>
/// <param name="Choices">Column of the choices, or several separated by commas; null for none.</param>
/// <param name="ChoiceLabels">How the label names a choice.</param>
/// <param name="Rationale">Column of the dataset's own rationale; null for none.</param>
/// <param name="Teacher">Name of the teacher; null for none.</param>
/// <param name="TeacherLabel">Column of the teacher's label; null for none.</param>
/// <param name="TeacherRationale">Column of the teacher's rationale; null for none.</param>
/// <param name="Key">Column by which teacher files are joined; null to join by the order of the rows.</param>
public sealed record ColumnMapping(
    TaskKind Task,
    string Input,
    string Label,
    string? Choices = null,
    ChoiceLabels ChoiceLabels = ChoiceLabels.Text,
    string? Rationale = null,
    string? Teacher = null,
    string? TeacherLabel = null,
    string? TeacherRationale = null,
    string? Key = null)
{
    /// <summary>Name of the teacher whose rationales are the dataset's own and whose labels are the truth.</summary>
    public const string OwnTeacher = "own";
}

/// <summary>How rows were divided into splits.</summary>
/// <param name="Column">Column that names the split; null for none.</param>
/// <param name="ValidShare">Share of the training rows drawn for validation.</param>
/// <param name="TestShare">Share of the training rows drawn for the test.</param>
public sealed record SplitRule(string? Column = null, double ValidShare = 0, double TestShare = 0, int Seed = 0);

/// <param name="Sha256">Of the file as it was read, in lower-case hexadecimal.</param>
public sealed record CardSource(string File, long Bytes, string Sha256);

/// <summary>Record of how an imported dataset was made: <c>dataset.json</c> in its folder.</summary>
/// <param name="Splits">Number of rows of each split.</param>
/// <param name="Rejected">Number of source rows that were left out.</param>
public sealed record DatasetCard(
    string Name,
    TaskKind Task,
    DateTimeOffset Created,
    IReadOnlyList<CardSource> Sources,
    ColumnMapping? Mapping,
    SplitRule? SplitRule,
    IReadOnlyDictionary<string, int> Splits,
    int Rejected)
{
    public const string FileName = "dataset.json";

    private const int LargestFile = ByteSize.MB;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Returns the card in a dataset's folder; null if there is none.</summary>
    /// <exception cref="InputException">The card is damaged.</exception>
    public static DatasetCard? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? PlainFile.ReadJson<DatasetCard>(path, LargestFile, Json) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.Split('\n')[0].TrimEnd('.', '\r')}); restore it, "
                + $"or remove the folder and import the dataset again.", e);
        }
    }

    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string folder) => AtomicFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json));
}
