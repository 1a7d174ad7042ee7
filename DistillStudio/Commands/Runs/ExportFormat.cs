using System.Text;
using DistillStudio.Engine.Runs;
using DistillStudio.Exports;
using DistillStudio.History;
using DistillStudio.Jobs;
using DistillStudio.TensorBoard;

namespace DistillStudio.Commands.Runs;

/// <summary>The formats of <c>runs export</c> that make a folder of files for each run.</summary>
internal static class ExportFormat
{
    public const string Zip = "zip";
    private const string TensorBoard = "tensorboard";
    private const string Csv = "csv";
    private const string Json = "json";

    public static IReadOnlyList<string> All { get; } = [Zip, TensorBoard, Csv, Json];

    /// <summary>Writes a run's files into an existing folder.</summary>
    /// <param name="format">One of <see cref="All"/>, except zip.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Write(string format, RunSummary run, string folder)
    {
        switch (format)
        {
            case TensorBoard:
                WriteCurves(run, folder);
                break;
            case Csv:
                WriteLines(Path.Combine(folder, RunCsv.StepsName), RunCsv.Steps(RunArchive.Events(run)));
                WriteLines(Path.Combine(folder, RunCsv.EvaluationsName), RunCsv.Evaluations(RunArchive.Events(run)));
                break;
            case Json:
                using (FileStream file = Create(Path.Combine(folder, RunJson.Name)))
                {
                    RunJson.Write(file, run, RunArchive.Events(run));
                }

                break;
            default:
                throw new ArgumentException($"no format is called {format}", nameof(format));
        }

        if (RecordGaps.Remark(run.UnreadableLines) is { } gaps)
        {
            WriteLines(Path.Combine(folder, RunCsv.GapsName), [gaps]);
        }
    }

    private static void WriteCurves(RunSummary run, string folder)
    {
        DateTimeOffset created = RunArchive.Events(run).FirstOrDefault()?.Time ?? run.CreatedAt;
        using var file = new TensorBoardFile(new BufferedStream(Create(Path.Combine(folder, TensorBoardFile.NameAt(created)))), created);
        var curves = new TensorBoardCurves(file);
        foreach (RunEvent happened in RunArchive.Events(run))
        {
            curves.Write(happened);
        }
    }

    private static void WriteLines(string path, IEnumerable<string> lines)
    {
        using var writer = new StreamWriter(Create(path), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (string line in lines)
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }

#pragma warning disable RS0030 // creates a new file
    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
#pragma warning restore RS0030
}
