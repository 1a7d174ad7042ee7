using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>Counts of an import in progress.</summary>
internal sealed class ImportCounts
{
    private const int MostListed = 100;

    /// <summary>More distinct labels than any set of classes; free answers are not compared.</summary>
    private const int MostLabels = 1000;

    private readonly List<Rejection> _first = [];
    private readonly HashSet<string> _labels = [];
    private readonly Dictionary<string, (int Rationales, int Labels)> _blank = [];

    /// <summary>Identifies the input of each row, by the split that the source gives, in the order of the rows: texts would not fit into
    /// memory.</summary>
    public Dictionary<string, List<UInt128>> Inputs { get; } = [];

    /// <summary>Number of rows by the split that the source gives.</summary>
    public Dictionary<string, int> Splits { get; } = [];

    public int Rejected { get; private set; }

    public RejectedRows RejectedRows => new(Rejected, [.. _first]);

    public IReadOnlyDictionary<string, BlankAnswers> Blank =>
        _blank.ToDictionary(teacher => teacher.Key, teacher => new BlankAnswers(teacher.Value.Rationales, teacher.Value.Labels));

    /// <summary>The distinct labels; empty if there are too many to be classes.</summary>
    public IReadOnlyCollection<string> Labels => _labels.Count > MostLabels ? [] : _labels;

    public void Reject(Rejection rejection)
    {
        Rejected++;
        if (_first.Count < MostListed)
        {
            _first.Add(rejection);
        }
    }

    public void Add(string split, ImportedRow row)
    {
        Splits[split] = Splits.GetValueOrDefault(split) + 1;
        if (!Inputs.TryGetValue(split, out List<UInt128>? inputs))
        {
            Inputs[split] = inputs = [];
        }

        inputs.Add(BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(row.Input))));
        if (_labels.Count <= MostLabels)
        {
            _labels.Add(row.Label);
        }

        foreach ((string teacher, TeacherAnswer answer) in row.Answers)
        {
            (int rationales, int labels) = _blank.GetValueOrDefault(teacher);
            _blank[teacher] = (rationales + (answer.IsRationaleBlank ? 1 : 0), labels + (answer.IsLabelBlank ? 1 : 0));
        }
    }
}
