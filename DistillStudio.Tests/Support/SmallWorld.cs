using System.Globalization;
using System.Text.Json;

namespace DistillStudio.Tests.Support;

/// <summary>A home, a data folder with a small svamp that is easily learned, and the bundled model: all that a run needs, in a folder of
/// its own.</summary>
public sealed class SmallWorld : IDisposable
{
    private const int TrainRows = 40;
    private const int TestRows = 8;

    private readonly TempFolder _folder = new();

    public SmallWorld()
    {
        Write("train", TrainRows);
        Write("test", TestRows);
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

    private void Write(string split, int rows)
    {
        string folder = Path.Combine(Data, "svamp");
        Directory.CreateDirectory(Path.Combine(folder, "llm"));
        var problems = Enumerable.Range(2, rows).Select(i => (A: i, B: (i * 7 % 50) + 2)).ToList();
        File.WriteAllLines(Path.Combine(folder, $"svamp_{split}.json"), problems.Select(p =>
            JsonSerializer.Serialize(
                new { input = $"Ann has {p.A} apples and finds {p.B} more.\nHow many apples has she?", label = Sum(p.A, p.B) })));
        File.WriteAllText(Path.Combine(folder, "llm", $"{split}_CoT_0.json"), JsonSerializer.Serialize(problems.Select(p =>
            $"She adds {p.A} and {p.B}. The answer is {Sum(p.A, p.B)}.\n\nQ: Next one")));
    }

    private static string Sum(int a, int b) => string.Create(CultureInfo.InvariantCulture, $"( {a:0.0} + {b:0.0} )");
}
