using System.Text.Json;

namespace DistillStudio.Tests.Teachers;

/// <summary>A home, svamp with problems that <see cref="FakeProvider"/> solves, and a provider with a key.</summary>
internal sealed class TeacherWorld : IAsyncDisposable
{
    /// <summary>Nothing that the program writes may contain it.</summary>
    public const string Secret = "sk-verySecret-0123456789abcdef";

    private readonly TempFolder _folder = new();

    private TeacherWorld(FakeProvider provider) => Provider = provider;

    public FakeProvider Provider { get; }

    public string Home => _folder["home"];

    public string Data => _folder["data"];

    public string KeyFile => _folder["key"];

    public string TeacherFolder(string name) => Path.Combine(Data, "svamp", $"llm-{name}");

    public string Completions(string name) => Path.Combine(Home, "teachers", "svamp", name, "train", "completions.jsonl");

    /// <param name="rows">Training rows; row i is about i + 2 apples.</param>
    public static async Task<TeacherWorld> CreateAsync(int rows)
    {
        var world = new TeacherWorld(await FakeProvider.StartAsync());
        SmallSvamp.Write(world.Data, "train", rows, hasTeacher: false);
        SmallSvamp.Write(world.Data, "test", 8, hasTeacher: false);
        world.PutKey(Secret);
        return world;
    }

    public void PutKey(string key)
    {
        File.WriteAllText(KeyFile, key + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public string[] Run(string name, params string[] flags) =>
    [
        "teacher", "run", "--dataset", "svamp", "--split", "train", "--name", name, "--endpoint", Provider.Address, "--model", "m",
        "--data-dir", Data, "--home", Home,
        "--key-file", KeyFile, "--json", .. flags,
    ];

    public string[] Resume(string name, params string[] flags) =>
        ["teacher", "resume", name, "--dataset", "svamp", "--home", Home, "--json", .. flags];

    /// <summary>Runs a command in this process and returns its last line of output, which is JSON.</summary>
    public static async Task<(JsonElement Last, CommandResult Result)> CallAsync(string[] arguments)
    {
        CommandResult result = await InProcess.RunAsync(arguments);
        string line = result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault("{}");
        return (line.StartsWith('{') ? JsonDocument.Parse(line).RootElement : default, result);
    }

    /// <summary>Fails if the key stands in any file of the home or the data, or in the given texts.</summary>
    public void HasNoKey(params string[] texts)
    {
        foreach (string file in new[] { Home, Data }.SelectMany(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)))
        {
            Assert.DoesNotContain(Secret, File.ReadAllText(file), StringComparison.Ordinal);
        }

        Assert.All(texts, text => Assert.DoesNotContain(Secret, text, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await Provider.DisposeAsync();
        _folder.Dispose();
    }
}
