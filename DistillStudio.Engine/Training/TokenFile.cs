using System.IO.Compression;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Text;

namespace DistillStudio.Engine.Training;

/// <summary>
/// The file format of tokenized rows: a mark, the number of rows and the tasks of each row, with numbers in groups of 7 bits; all of it
/// compressed by gzip, whose checksum reveals damage.
/// </summary>
internal static class TokenFile
{
    private const string Mark = "distillstudio tokens 1";

    /// <summary>Maximum length of a sequence in ids that is believed.</summary>
    private const int LongestSequence = 1 << 20;

    /// <param name="path">Appears once complete.</param>
    /// <param name="rows">Tasks of each row; null for a task that the row lacks.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing is not permitted.</exception>
    internal static void Write(string path, IReadOnlyList<EncodedTask?[]> rows) => AtomicFile.Write(path, file =>
    {
        using var packed = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
        using var writer = new BinaryWriter(packed);
        writer.Write(Mark);
        writer.Write7BitEncodedInt(rows.Count);
        foreach (EncodedTask?[] tasks in rows)
        {
            Write(writer, tasks);
        }
    });

    /// <param name="path">The file.</param>
    /// <param name="count">Number of rows that it must have.</param>
    /// <returns>Null if there is no such file, or it is damaged.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not permitted.</exception>
    internal static EncodedTask?[][]? Read(string path, int count)
    {
        try
        {
            using FileStream file = PlainFile.OpenRead(path);
            using var packed = new GZipStream(file, CompressionMode.Decompress);
            using var reader = new BinaryReader(packed);
            if (reader.ReadString() != Mark || reader.Read7BitEncodedInt() != count)
            {
                return null;
            }

            var rows = new EncodedTask?[count][];
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = ReadTasks(reader);
            }

            return packed.ReadByte() < 0 ? rows : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or EndOfStreamException or FormatException
            or InvalidDataException or OverflowException)
        {
            return null;
        }
    }

    private static void Write(BinaryWriter writer, EncodedTask?[] tasks)
    {
        writer.Write7BitEncodedInt(tasks.Length);
        foreach (EncodedTask? task in tasks)
        {
            writer.Write(task is not null);
            if (task is not null)
            {
                Write(writer, task.Tokens.Input);
                Write(writer, task.Tokens.Target);
                writer.Write7BitEncodedInt(task.RationaleTokens);
                writer.Write(task.Share);
            }
        }
    }

    private static EncodedTask?[] ReadTasks(BinaryReader reader)
    {
        var tasks = new EncodedTask?[LengthOf(reader)];
        for (int i = 0; i < tasks.Length; i++)
        {
            tasks[i] = reader.ReadBoolean()
                ? new(new TokenPair(ReadIds(reader), ReadIds(reader)), reader.Read7BitEncodedInt(), reader.ReadDouble())
                : null;
        }

        return tasks;
    }

    private static void Write(BinaryWriter writer, int[] ids)
    {
        writer.Write7BitEncodedInt(ids.Length);
        foreach (int id in ids)
        {
            writer.Write7BitEncodedInt(id);
        }
    }

    private static int[] ReadIds(BinaryReader reader)
    {
        int[] ids = new int[LengthOf(reader)];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = reader.Read7BitEncodedInt();
        }

        return ids;
    }

    private static int LengthOf(BinaryReader reader) => reader.Read7BitEncodedInt() is >= 0 and <= LongestSequence and var length
        ? length
        : throw new InvalidDataException();
}
