using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Training;

/// <summary>Says which runs are being written: the writing process keeps <c>run.lock</c> locked, and the system frees it when that process dies.</summary>
public static class RunLock
{
    private const string Name = "run.lock";
    private const int Attempts = 5;

    /// <summary>Some process, this one included, writes the run in this folder.</summary>
    public static bool IsHeld(string folder)
    {
        try
        {
            using var probe = new FileStream(Path.Combine(folder, Name), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Takes the run for this process until disposed.</summary>
    /// <exception cref="InputException">Another process writes it.</exception>
    public static IDisposable Take(string folder)
    {
        string path = Path.Combine(folder, Name);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (attempt < Attempts && File.Exists(path))
            {
                Thread.Sleep(40); // IsHeld takes the lock for a moment
            }
            catch (IOException e) when (File.Exists(path))
            {
                throw new InputException($"{folder} is being written by another process; wait until that run has ended, or stop it.", e);
            }
        }
    }
}
