using System.Text;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;

namespace DistillStudio.Cluster;

/// <summary>Files of jobs in a home: what they print.</summary>
public static class ClusterFolders
{
    /// <summary>Most of an output that is read, from its end, in bytes.</summary>
    private const int LongestOutput = 200_000;

    /// <summary>Returns what a run's jobs printed, the newest last; empty for nothing. Reads files.</summary>
    public static string OutputOf(StudioHome home, RunSummary run)
    {
        string early = run.Placement?.Job is { } job ? Read(JobScript.EarlyOutput(home, job.Nonce, job.Index)) : "";
        return Read(Path.Combine(run.Folder, JobScript.OutputName)) + early;
    }

    /// <summary>Makes the folder of the output, which Slurm does not make.</summary>
    /// <exception cref="InputException">It cannot be made.</exception>
    internal static void Make(StudioHome home)
    {
        string folder = JobScript.OutputFolder(home);
        try
        {
            PrivateFiles.MakeFolder(home.Path);
            PrivateFiles.MakeFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be written: {e.Message.TrimEnd('.')}; make the home writable.", e);
        }
    }

    /// <summary>Returns the end of a file; empty if there is none.</summary>
    internal static string Read(string path)
    {
        try
        {
            using FileStream file = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(0, file.Length - LongestOutput);
            using var reader = new StreamReader(file, Encoding.UTF8);
            return string.Concat(reader.ReadToEnd().Where(c => !char.IsControl(c) || c is '\n' or '\t'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
