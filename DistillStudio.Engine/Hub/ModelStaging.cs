using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>
/// A hidden folder next to the models, in which one is assembled; it is moved into place once it is complete and readable. One process at a
/// time holds it. An interrupted download leaves it, and the next one of the same model resumes there.
/// </summary>
internal sealed class ModelStaging : IDisposable
{
    private const string Start = ".get-";
    private const string VersionName = ".version";
    private const int LongestVersion = 4096;

    /// <summary>Smallest remains that are worth keeping for the next attempt.</summary>
    private const long ResumableBytes = 16L * ByteSize.MB;

    private readonly string _models;
    private readonly FileLock _lock;

    private ModelStaging(string models, string path, FileLock held) => (_models, Path, _lock) = (models, path, held);

    public string Path { get; }

    /// <param name="models">The folder of the models.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="source">Distinguishes what must not be mixed: the hub and the revision.</param>
    /// <exception cref="StudioException">Another process imports the same model, or the folder cannot be written.</exception>
    public static ModelStaging Open(string models, string name, string source)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)))[..12];
        string path = System.IO.Path.Combine(models, $"{Start}{name.Replace("/", "--", StringComparison.Ordinal)}@{digest}");
        try
        {
            Directory.CreateDirectory(models);
            FileLock held = FileLock.TryTake(path + ".lock")
                ?? throw new StudioException($"{name} is being imported by another process; wait for it to end.");
            Directory.CreateDirectory(path);
            return new(models, path, held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudioException(
                $"{models} cannot be written ({e.Message.TrimEnd('.')}); make it writable, or choose another home with --home.", cause: e);
        }
    }

    /// <summary>Records which version of the model the folder holds; deletes the files of any other version.</summary>
    public void RequireVersion(string version)
    {
        string path = System.IO.Path.Combine(Path, VersionName);
        if (!File.Exists(path) || PlainFile.ReadAllText(path, LongestVersion) != version)
        {
            Empty();
            AtomicFile.WriteAllText(path, version);
        }
    }

    /// <summary>Checks with the model's own reader, without reading all weights, that the folder can be trained.</summary>
    /// <param name="name">Named in messages.</param>
    /// <exception cref="InputException">The model cannot be used.</exception>
    public ModelInfo Check(string name)
    {
        try
        {
            return RequireTrainable(Path);
        }
        catch (InputException e)
        {
            throw Rename(e, name);
        }
    }

    /// <summary>Checks a folder as <see cref="Check"/> does.</summary>
    /// <exception cref="InputException">The model cannot be used.</exception>
    public static ModelInfo RequireTrainable(string folder)
    {
        ModelInfo info = HuggingFaceFolder.Describe(folder);
        if (info.WeightsFile is null)
        {
            throw new InputException($"{folder} holds no weights, only a config; name a model with model.safetensors or "
                + $"pytorch_model.bin.");
        }

        HuggingFaceFolder.LoadTokenizer(folder);
        return info;
    }

    /// <summary>Returns the exception with the model's name in place of this folder.</summary>
    public InputException Rename(InputException e, string name) =>
        new(
            e.Message.Replace(Path + System.IO.Path.DirectorySeparatorChar, name + "/", StringComparison.Ordinal).Replace(
                Path, name, StringComparison.Ordinal),
            e);

    /// <summary>Returns true if the message names this folder, which the user does not know.</summary>
    public bool IsNamedIn(StudioException e) => e.Message.Contains(Path, StringComparison.Ordinal);

    /// <summary>Returns the failure of a write with the folder of the models, which the user knows, in place of this one.</summary>
    public StudioException Rename(StudioException e) => new(Rename(e.Message), e.Detail, e);

    /// <summary>Returns why the folder cannot be written, naming the folder of the models instead: the beginning of a sentence.</summary>
    public string WhyUnwritable(Exception e) =>
        DiskSpace.IsFull(e) ? DiskSpace.Shortage(_models, null) : $"{_models} cannot be written ({Rename(e.Message).TrimEnd('.')})";

    /// <summary>Moves the finished model to its place.</summary>
    /// <exception cref="InputException">The path is occupied.</exception>
    public void Publish(StudioHome home, string target)
    {
        ModelStore.RequireFree(home, target);
        foreach (string leftover in Directory.EnumerateFiles(Path, "*.part*").Append(System.IO.Path.Combine(Path, VersionName)))
        {
            File.Delete(leftover);
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        Directory.Move(Path, target);
    }

    /// <summary>Deletes the remains of an interrupted attempt, which cannot be resumed.</summary>
    public void Restart() => Empty();

    public void Delete()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    /// <summary>Deletes what an attempt left that the user has to mend, unless large parts of the weights are there.</summary>
    public void DeleteSmall()
    {
        if (Directory.Exists(Path) && new DirectoryInfo(Path).EnumerateFiles().All(file => file.Length < ResumableBytes))
        {
            Delete();
        }
    }

    public void Dispose() => _lock.Dispose();

    private string Rename(string message) => message.Replace(Path, _models, StringComparison.Ordinal);

    private void Empty()
    {
        Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }
}
