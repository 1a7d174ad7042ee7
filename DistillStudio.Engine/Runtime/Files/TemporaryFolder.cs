namespace DistillStudio.Engine.Runtime.Files;

/// <summary>
/// Checks the system's folder for temporary files: the web server keeps new keys there for a moment, and trial steps run there.
/// </summary>
public static class TemporaryFolder
{
    /// <summary>Returns a sentence on how to set another one; null if files can be written there.</summary>
    public static string? WhyUnusable()
    {
        try
        {
            File.Delete(Path.GetTempFileName());
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string variable = OperatingSystem.IsWindows() ? "TMP" : "TMPDIR";
            return $"No temporary file can be written in {Path.GetTempPath()}; set {variable} to a folder where one can, or unset it.";
        }
    }
}
