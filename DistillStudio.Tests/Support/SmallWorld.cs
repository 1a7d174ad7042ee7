
namespace DistillStudio.Tests.Support;

/// <summary>A home, a data folder with a small svamp that is easily learned, and the bundled model: all that a run needs, in a separate
/// folder.</summary>
public sealed class SmallWorld : IDisposable
{
    private const int TrainRows = 40;
    private const int TestRows = 8;

    private readonly TempFolder _folder = new();

    public SmallWorld()
    {
        SmallSvamp.Write(Data, "train", TrainRows, hasTeacher: true);
        SmallSvamp.Write(Data, "test", TestRows, hasTeacher: true);
    }

    public string Root => _folder.Path;

    public string Home => Path.Combine(Root, "home");

    public string Data => Path.Combine(Root, "data");

    /// <summary>A <c>train</c> of a few seconds; further flags are added at its end.</summary>
    public string[] Train(params string[] flags) =>
    [
        "train", "--from_pretrained", "demo", "--init", "random", "--dataset", "svamp", "--data-dir", Data, "--home", Home, "--threads",
        "1",
        "--max_steps", "12", "--eval_steps", "6", "--batch_size", "8", "--lr", "3e-3", "--gen_max_len", "12", "--device", "cpu", .. flags,
    ];

    public string[] RunFolders() =>
        Directory.Exists(Path.Combine(Home, "runs")) ? Directory.GetDirectories(Path.Combine(Home, "runs")) : [];

    public void Dispose() => _folder.Dispose();
}
