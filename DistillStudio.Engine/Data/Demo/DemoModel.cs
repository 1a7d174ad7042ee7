using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Data.Demo;

/// <summary>
/// The bundled model for the demo dataset: config and tokenizer of a small T5, without weights, which each run initializes randomly.
/// </summary>
public static class DemoModel
{
    /// <summary>Its name in <c>--from_pretrained</c>, and its folder under the home's models.</summary>
    public const string Name = "demo";

    private const string ResourceStart = "DistillStudio.Demo.";

    private static readonly string[] Files = ["config.json", "spiece.model"];

    /// <summary>Writes the files under the home atomically; identical existing files are left unchanged.</summary>
    /// <returns>The absolute path of the folder.</returns>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static string Materialize(StudioHome home)
    {
        string folder = Path.Combine(home.Models, Name);
        try
        {
            Directory.CreateDirectory(folder);
            foreach (string file in Files)
            {
                Refresh(Path.Combine(folder, file), ReadResource(file));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder} cannot be written ({e.Message.TrimEnd('.')}); make it writable, free some "
                + $"space, or choose another home with --home.", e);
        }

        return folder;
    }

    private static void Refresh(string path, byte[] content)
    {
        if (!IsSame(path, content))
        {
            AtomicFile.Write(path, stream => stream.Write(content));
        }
    }

    private static bool IsSame(string path, byte[] content)
    {
        try
        {
            return PlainFile.ReadAllBytes(path, content.Length).AsSpan().SequenceEqual(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // missing, or something else is in its place and is replaced
        }
    }

    private static byte[] ReadResource(string file)
    {
        using Stream resource = typeof(DemoModel).Assembly.GetManifestResourceStream(ResourceStart + file)
            ?? throw new InvalidOperationException($"The build left out the resource {ResourceStart}{file}.");
        byte[] content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }
}
