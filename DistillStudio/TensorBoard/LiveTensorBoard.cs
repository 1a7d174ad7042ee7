using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.TensorBoard;

/// <summary>
/// Writes a run's curves while it trains, into its own file in <c>DIR/RUN</c>, so that TensorBoard shows the runs of a folder beside
/// each other. A write that fails ends the writing, never the run.
/// </summary>
internal sealed class LiveTensorBoard : IRunObserver, IDisposable
{
    private readonly Action<string> _warn;
    private readonly string _path;
    private readonly TensorBoardCurves _curves;
    private TensorBoardFile? _file;

    private LiveTensorBoard(string path, TensorBoardFile file, Action<string> warn) =>
        (_path, _file, _curves, _warn) = (path, file, new(file), warn);

    /// <param name="folder">The folder of all runs' curves; created if missing.</param>
    /// <param name="runId">The run.</param>
    /// <param name="warn">Receives a sentence if the curves can no longer be written.</param>
    /// <exception cref="InputException">The file cannot be created.</exception>
    public static LiveTensorBoard Open(string folder, string runId, Action<string> warn)
    {
        string place = Path.Combine(folder, runId);
        try
        {
            Directory.CreateDirectory(place);
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            string path = Path.Combine(place, TensorBoardFile.NameAt(now));
            for (int i = 2; Path.Exists(path); i++)
            {
                path = Path.Combine(place, $"{TensorBoardFile.NameAt(now)}.{i}");
            }

#pragma warning disable RS0030 // creates a new file
            var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
#pragma warning restore RS0030
            return new(path, new TensorBoardFile(stream, now), warn);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(folder, e);
        }
    }

    /// <summary>Creates the folder, so that one that cannot be written is reported before anything is trained.</summary>
    /// <exception cref="InputException">It cannot be created.</exception>
    public static void Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(folder, e);
        }
    }

    public void OnEvent(RunEvent happened)
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            _curves.Write(happened);
            _file.Flush();
        }
        catch (IOException e)
        {
            _warn($"{_path} cannot be written ({e.Message.TrimEnd('.')}): the run continues without it; "
                + $"`runs export --format tensorboard` writes all curves later.");
            Dispose();
        }
    }

    public void Dispose()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            // The rest of the buffer: what could not be written has been reported, or is the end of a full disk.
        }

        _file = null;
    }

    private static InputException Unwritable(string folder, Exception e) =>
        new($"{folder} cannot be written ({e.Message.TrimEnd('.')}); name another folder with --tensorboard.", e);
}
