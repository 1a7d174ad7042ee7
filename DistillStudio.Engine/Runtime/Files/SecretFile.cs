namespace DistillStudio.Engine.Runtime.Files;

/// <summary>Reads files that hold a secret.</summary>
public static class SecretFile
{
    private const int LongestSecret = 8192;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <param name="path">The file.</param>
    /// <param name="what">What it holds, for messages: <c>the key</c>. The secret itself is never part of a message.</param>
    /// <exception cref="InputException">The file cannot be read, or others can read it.</exception>
    public static string Read(string path, string what)
    {
        try
        {
            return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0
                ? throw new InputException($"{path} can be read by others; restrict it with `chmod 600`.")
                : PlainFile.ReadAllText(path, LongestSecret);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read ({e.Message.TrimEnd('.')}); name the file that holds {what}.", e);
        }
    }
}
