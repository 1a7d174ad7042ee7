using System.Text;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Support;

/// <summary>A folder that is deleted after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("distillstudio");

    public string Path => _folder.FullName;

    public StudioHome Home => new(Path);

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A file, and the folders it needs.</summary>
    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose()
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                if (Directory.Exists(Path))
                {
                    _folder.Delete(recursive: true);
                }

                return;
            }
            catch (IOException) when (attempt < 20)
            {
                Thread.Sleep(50); // a killed process may still be closing its files
            }
        }
    }
}
