using System.IO.Compression;
using System.Text;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Exports;
using DistillStudio.History;

namespace DistillStudio.Jobs;

/// <summary>
/// Packs runs into a zip archive, a folder each: the run's own files, which make it a run again wherever they are unpacked under
/// <c>runs/</c>, and its figures as CSV.
/// </summary>
internal static class RunZip
{
    /// <summary>Files that only matter to the process that writes the run.</summary>
    private static readonly string[] Transient = [RunLock.FileName, "attempts.json"];

    /// <param name="archive">Writable; stays open.</param>
    /// <param name="runs">At least one, with distinct folder names.</param>
    /// <param name="withWeights">Packs the model and the checkpoints too.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static void Write(Stream archive, IReadOnlyList<RunSummary> runs, bool withWeights)
    {
        using var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true);
        foreach (RunSummary run in runs)
        {
            foreach (string path in Files(run, withWeights))
            {
                using Stream entry = zip.CreateEntry(NameOf(run, Path.GetRelativePath(run.Folder, path))).Open();
                using FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, long.MaxValue);
                file.CopyTo(entry);
            }

            WriteLines(zip, NameOf(run, RunCsv.StepsName), RunCsv.Steps(RunArchive.Events(run)));
            WriteLines(zip, NameOf(run, RunCsv.EvaluationsName), RunCsv.Evaluations(RunArchive.Events(run)));
            if (RecordGaps.Remark(run.UnreadableLines) is { } gaps)
            {
                WriteLines(zip, NameOf(run, RunCsv.GapsName), [gaps]);
            }
        }
    }

    private static IEnumerable<string> Files(RunSummary run, bool withWeights)
    {
        IEnumerable<string> own = Directory.EnumerateFiles(run.Folder).Where(
            path => !Transient.Contains(Path.GetFileName(path)) && Path.GetExtension(path) != ".tmp");
        IEnumerable<string> weights = withWeights
            ? Directory.EnumerateDirectories(run.Folder).SelectMany(
                folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            : [];
        return own.Concat(weights).Order(StringComparer.Ordinal);
    }

    private static string NameOf(RunSummary run, string file) => $"{run.Id}/{file.Replace(Path.DirectorySeparatorChar, '/')}";

    private static void WriteLines(ZipArchive zip, string name, IEnumerable<string> lines)
    {
        using var writer = new StreamWriter(zip.CreateEntry(name).Open(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (string line in lines)
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }
}
