using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;

namespace DistillStudio.Tests.Engine.Import;

/// <summary>Imports files that a test writes, and loads the result as training does.</summary>
internal sealed class ImportBench : IDisposable
{
    private readonly TempFolder _folder = new();

    public string DataDir => _folder["datasets"];

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public string Write(string name, string text) => _folder.Write(name, text);

    public string Write(string name, byte[] bytes) => _folder.Write(name, bytes);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>All rows in one split, in their order.</summary>
    public static ImportRequest Plain(ImportRequest request) => request with { ValidShare = 0, TestShare = 0 };

    public ImportRequest Request(ColumnMapping mapping, params string[] files) =>
        new("mine", DataDir, [.. files.Select(ImportFile.Parse)], mapping);

    public static Task<ImportResult> ImportAsync(ImportRequest request, bool accepts = false, CancellationToken? stop = null) =>
        DatasetImporter.ImportAsync(request, _ => accepts, progress: null, stop ?? Token);

    /// <summary>Imports all rows into one split, by a proposed mapping unless one is given.</summary>
    public async Task<IReadOnlyList<Row>> RowsAsync(string file, ColumnMapping? mapping = null)
    {
        mapping ??= MappingProposal.Propose((await SourceSample.ReadAsync(file, Token)).Rows);
        await ImportAsync(Plain(Request(mapping, file)), accepts: true);
        return Load().Splits.Values.Single().Rows;
    }

    public Dataset Load() => DatasetReader.Load("mine", DataDir);

    public IEnumerable<string> Entries() =>
        Directory.Exists(DataDir) ? Directory.EnumerateFileSystemEntries(DataDir).Select(entry => Path.GetFileName(entry)!) : [];

    public void Dispose() => _folder.Dispose();
}
