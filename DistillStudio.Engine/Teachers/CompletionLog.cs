using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Teachers;

/// <summary>
/// The append-only record of a job's completions. A completion counts only once it is flushed to disk; a line truncated by a crash is
/// removed when the file is opened to append.
/// </summary>
public sealed class CompletionLog : IDisposable
{
    public const string FileName = "completions.jsonl";

    private const int LongestLine = 16 * ByteSize.MB;

    private readonly FileStream _file;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _gate = new();
    private List<(byte[] Line, TaskCompletionSource Done)> _pending = [];

    private CompletionLog(FileStream file) => _file = file;

    /// <summary>Opens the file to append; creates it if missing.</summary>
    /// <param name="path">Path of the file. The job's lock must be held.</param>
    /// <exception cref="InputException">The file cannot be opened.</exception>
    public static CompletionLog Open(string path)
    {
        try
        {
            FileStream file = PlainFile.OpenOrCreate(path, FileShare.Read | FileShare.Delete);
            file.SetLength(WholeLength(file));
            file.Position = file.Length;
            return new CompletionLog(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written ({e.Message.TrimEnd('.')}); make it writable.", e);
        }
    }

    /// <summary>
    /// Appends a completion; the task ends when it is on disk. Completions that arrive while another is being flushed share one flush.
    /// </summary>
    /// <exception cref="IOException">The disk is full or failed; the file is as it was before.</exception>
    public async Task AppendAsync(TeacherCompletion completion)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _pending.Add(([.. JsonSerializer.SerializeToUtf8Bytes(completion, EngineJson.Events), (byte)'\n'], done));
        }

        await _turn.WaitAsync().ConfigureAwait(false); // not cancellable: the completion has been paid for
        try
        {
            WritePending();
        }
        finally
        {
            _turn.Release();
        }

        await done.Task.ConfigureAwait(false);
    }

    /// <summary>Reads all completions in the order of the file; the first of several for the same row and sample counts.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static IEnumerable<TeacherCompletion> ReadAll(string path)
    {
        if (!Path.Exists(path))
        {
            yield break;
        }

        var known = new HashSet<(int, int)>();
        using StreamReader reader = OpenText(path);
        while (reader.ReadLine() is { } line)
        {
            if (Parse(line) is { } completion && known.Add((completion.Row, completion.Sample)))
            {
                yield return completion;
            }
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _turn.Dispose();
    }

    private void WritePending()
    {
        List<(byte[] Line, TaskCompletionSource Done)> taken;
        lock (_gate)
        {
            (taken, _pending) = (_pending, []);
        }

        if (taken.Count == 0)
        {
            return; // an earlier flush took them all
        }

        long start = _file.Position;
        try
        {
            _file.Write([.. taken.SelectMany(item => item.Line)]);
            _file.Flush(flushToDisk: true);
            taken.ForEach(item => item.Done.SetResult());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            TryCutTo(start);
            taken.ForEach(item => item.Done.SetException(e));
        }
    }

    private void TryCutTo(long length)
    {
        try
        {
            _file.SetLength(length);
            _file.Position = length;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The remaining part of a line is removed when the file is opened again.
        }
    }

    private static StreamReader OpenText(string path)
    {
        try
        {
            return new StreamReader(PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); make it a readable file.", e);
        }
    }

    private static TeacherCompletion? Parse(string line)
    {
        try
        {
            return line.Length is 0 or > LongestLine ? null
                : JsonSerializer.Deserialize<TeacherCompletion>(line, EngineJson.Events) is { Row: >= 0, Sample: >= 0 } read ? read : null;
        }
        catch (JsonException)
        {
            return null; // damaged: the row is requested again
        }
    }

    /// <summary>Returns the length up to the end of the last whole line.</summary>
    private static long WholeLength(FileStream file)
    {
        byte[] block = new byte[1 << 16];
        for (long end = file.Length; end > 0;)
        {
            int length = (int)Math.Min(block.Length, end);
            file.Position = end - length;
            file.ReadExactly(block, 0, length);
            int at = block.AsSpan(0, length).LastIndexOf((byte)'\n');
            if (at >= 0)
            {
                return end - length + at + 1;
            }

            end -= length;
        }

        return 0;
    }
}
