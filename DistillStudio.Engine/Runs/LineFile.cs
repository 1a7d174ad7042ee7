using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Runs;

/// <summary>Appends whole lines to a file that a crash may end in the middle of one.</summary>
internal static class LineFile
{
    /// <summary>Opens the file at its end, after closing a line that a crash cut short; creates it if missing.</summary>
    /// <exception cref="IOException">As for <see cref="PlainFile.OpenRead"/>.</exception>
    public static FileStream Open(string path)
    {
        FileStream file = PlainFile.OpenOrCreate(path, FileShare.Read | FileShare.Delete);
        if (file.Length > 0)
        {
            file.Position = file.Length - 1;
            if (file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n'); // separates a line truncated by a crash from the next one
            }
        }

        return file;
    }

    /// <summary>
    /// Writes each line with a single unbuffered write: a killed process loses no recorded lines. Leaves no partial line if the disk is
    /// full.
    /// </summary>
    /// <param name="file">A file from <see cref="Open"/>.</param>
    /// <param name="line">The line with its end.</param>
    public static void Append(FileStream file, byte[] line)
    {
        long start = file.Position;
        try
        {
            file.Write(line);
        }
        catch (IOException)
        {
            file.SetLength(start);
            file.Position = start;
            throw;
        }
    }
}
