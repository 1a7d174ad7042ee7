using System.Text.Encodings.Web;
using System.Text.Json;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>Writes the rows of one split, and each teacher's answers to them, one JSON object per line.</summary>
internal sealed class SplitWriter : IDisposable
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _json = new(Stream.Null, Relaxed);
    private readonly LineFile _rows;
    private readonly Dictionary<string, LineFile> _answers;

    /// <param name="dataDir">The folder that contains the dataset's own folder.</param>
    /// <exception cref="IOException">A file cannot be created.</exception>
    public SplitWriter(string dataDir, string name, string split, IEnumerable<string> teachers)
    {
        _rows = new(DatasetLayout.RowsFile(dataDir, name, split));
        _answers = teachers.ToDictionary(
            teacher => teacher, teacher => new LineFile(DatasetLayout.TeacherFile(dataDir, name, teacher, split, 0)));
    }

    /// <exception cref="IOException">The disk is full.</exception>
    public void Write(ImportedRow row)
    {
        _json.Reset(_rows.Stream);
        _json.WriteStartObject();
        _json.WriteString("input", row.Input);
        _json.WriteString("label", row.Label);
        if (row.Choices is { } choices)
        {
            _json.WriteStartArray("choices");
            foreach (string choice in choices)
            {
                _json.WriteStringValue(choice);
            }

            _json.WriteEndArray();
        }

        End(_rows);
        foreach ((string teacher, LineFile file) in _answers)
        {
            TeacherAnswer answer = row.Answers[teacher];
            _json.Reset(file.Stream);
            _json.WriteStartObject();
            _json.WriteString("rationale", answer.Rationale);
            _json.WriteString("label", answer.Label);
            End(file);
        }
    }

    /// <exception cref="IOException">The disk is full.</exception>
    public void Finish()
    {
        foreach (LineFile file in _answers.Values.Prepend(_rows))
        {
            file.Finish();
        }
    }

    public void Dispose()
    {
        foreach (LineFile file in _answers.Values.Prepend(_rows))
        {
            file.Dispose();
        }

        _json.Reset(Stream.Null);
        _json.Dispose();
    }

    private void End(LineFile file)
    {
        _json.WriteEndObject();
        _json.Flush();
        file.Stream.WriteByte((byte)'\n');
    }
}
