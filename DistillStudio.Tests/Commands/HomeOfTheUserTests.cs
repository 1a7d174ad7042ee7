using System.Runtime.Versioning;
using System.Text.Json;

namespace DistillStudio.Tests.Commands;

/// <summary>Where the home lies, for the program in its own process: as meant, or one sentence, and never a folder that depends on where
/// one stands.</summary>
public sealed class HomeOfTheUserTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static bool IsUnix => !OperatingSystem.IsWindows();

    /// <summary>Root may read everything, so that the program has to run as someone else then.</summary>
    public static bool CanBeShutOut => IsUnix && (!Environment.IsPrivilegedProcess || File.Exists("/usr/bin/setpriv"));

    public void Dispose() => _folder.Dispose();

    [Theory(SkipUnless = nameof(IsUnix), Skip = "HOME is Unix's.")]
    [InlineData("/nonexistent", "does not exist")]
    [InlineData("rel/folder", "not an absolute path")]
    [InlineData(".", "not an absolute path")]
    [InlineData("/etc/passwd", "is no folder")]
    public async Task Home_ThatCannotBe_IsNamedInOneSentence(string home, string problem)
    {
        foreach (string[] command in new[] { new[] { "datasets", "list" }, ["serve", "--port", "0"], ["models", "show", "demo"] })
        {
            CommandResult result = await RunAsync(new() { ["HOME"] = home, ["DISTILLSTUDIO_HOME"] = null }, command);

            Assert.Equal(2, result.ExitCode);
            string sentence = Assert.Single(result.Problems);
            Assert.Contains($"HOME ({home})", sentence, StringComparison.Ordinal);
            Assert.Contains(problem, sentence, StringComparison.Ordinal);
            Assert.Contains("--home DIR", sentence, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Home_NamedButAFile_IsNamedInOneSentenceAndNeverShownEmpty()
    {
        _folder.Write("file", "x");
        foreach (string[] command in new[] { new[] { "runs", "list" }, ["study", "list"], ["datasets", "list"], ["serve", "--port", "0"] })
        {
            CommandResult result = await RunAsync(new() { ["DISTILLSTUDIO_HOME"] = _folder["file"] }, command);

            Assert.Equal(2, result.ExitCode);
            Assert.StartsWith($"{_folder["file"]} is a file", Assert.Single(result.Problems), StringComparison.Ordinal);
        }
    }

    [Fact(SkipUnless = nameof(IsUnix), Skip = "A link needs no rights on Unix.")]
    public async Task Home_NamedButALinkToNothing_IsCalledALink()
    {
        File.CreateSymbolicLink(_folder["link"], "unmounted");
        CommandResult result = await RunAsync(new() { ["DISTILLSTUDIO_HOME"] = _folder["link"] }, "runs", "list");

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(
            $"{_folder["link"]} is a link to unmounted, which is no folder", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory(SkipUnless = nameof(CanBeShutOut), Skip = "Needs a user without rights.")]
    [InlineData("closed")]
    [InlineData("closed/home")]
    [UnsupportedOSPlatform("windows")]
    public async Task Home_ThatThisUserMayNotRead_IsNeverShownEmpty(string home)
    {
        _folder.Write("closed/home/runs/x", "");
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(_folder["closed"], UnixFileMode.None);
        string someoneElse = Environment.IsPrivilegedProcess ? "setpriv --reuid=65534 --clear-groups" : "";
        using var run = ProgramRun.StartInShell(
            $"exec {someoneElse}", new Dictionary<string, string?> { ["DISTILLSTUDIO_HOME"] = _folder[home] }, _folder.Path, "runs", "list");
        CommandResult result = await run.EndAsync();
        File.SetUnixFileMode(_folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"{_folder[home]} cannot be read (", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory(SkipUnless = nameof(IsUnix), Skip = "HOME is Unix's.")]
    [InlineData(null)]
    [InlineData("")]
    public async Task Home_UnsetOrEmpty_IsWhatTheSystemSaysOfTheUser(string? home)
    {
        CommandResult result = await RunAsync(new() { ["HOME"] = home, ["DISTILLSTUDIO_HOME"] = null }, "datasets", "list", "--json");

        Assert.Equal(0, result.ExitCode);
        string folder = JsonDocument.Parse(result.Out).RootElement.GetProperty("dataDir").GetString()!;
        Assert.EndsWith("/.distillstudio/datasets", folder, StringComparison.Ordinal);
        Assert.False(folder.StartsWith(_folder.Path, StringComparison.Ordinal));
    }

    [Theory(SkipUnless = nameof(IsUnix), Skip = "HOME is Unix's.")]
    [InlineData("~/x", null, "x/datasets")]
    [InlineData("~", null, "datasets")]
    [InlineData("/nowhere", "~/y", "y/datasets")]
    [InlineData(null, "~/y/", "y/datasets")]
    [InlineData(" ", null, ".distillstudio/datasets")]
    public async Task Tilde_InVariableOrFlag_IsTheUsersFolder(string? variable, string? flag, string expected)
    {
        CommandResult result = await RunAsync(
            new() { ["HOME"] = _folder.Path, ["DISTILLSTUDIO_HOME"] = variable },
            ["datasets", "list", "--json", .. flag is null ? Array.Empty<string>() : [$"--home={flag}"]]);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(_folder[expected], JsonDocument.Parse(result.Out).RootElement.GetProperty("dataDir").GetString());
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory(SkipUnless = nameof(IsUnix), Skip = "HOME is Unix's.")]
    [InlineData("work/studio")]
    [InlineData("./x")]
    [InlineData("$HOME/x")]
    [InlineData("~root/x")]
    public async Task Variable_ThatIsNoAbsolutePath_IsRefusedInOneSentence(string variable)
    {
        CommandResult result = await RunAsync(new() { ["HOME"] = _folder.Path, ["DISTILLSTUDIO_HOME"] = variable }, "datasets", "list");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(variable, Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact(SkipUnless = nameof(IsUnix), Skip = "HOME is Unix's.")]
    public async Task Tilde_InEveryFlagThatTakesAFolder_IsTheUsersFolder()
    {
        (string[] Arguments, string Named)[] cases =
        [
            (["train", "--from_pretrained=~/m", "--dataset", "demo"], $"--from_pretrained {_folder["m"]} "),
            (["train", "--from_pretrained", "demo", "--dataset", "demo", "--data-dir=~/d"], $"--data-dir {_folder["d"]} "),
            (["train", "--resume=~/r"], $"{_folder["r"]} is not a run's folder"),
            (["predict", "--model=~/m", "--input", "x"], $"{_folder["m"]} "),
            (["evaluate", "--model=~/m"], $"{_folder["m"]} "),
            (["models", "show", "~/m"], $"{_folder["m"]} "),
            (["bench", "--model=~/m"], $"{_folder["m"]} "),
            (["datasets", "show", "cqa", "--data-dir=~/d"], _folder["d"]),
        ];
        foreach ((string[] arguments, string named) in cases)
        {
            CommandResult result = await RunAsync(new() { ["HOME"] = _folder.Path, ["DISTILLSTUDIO_HOME"] = null }, arguments);

            Assert.True(result.ExitCode == 2, $"{string.Join(' ', arguments)}: {result.Out}{result.Error}");
            Assert.Contains(named, result.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>The program stands in the folder, which must stay empty.</summary>
    private async Task<CommandResult> RunAsync(Dictionary<string, string?> environment, params string[] arguments)
    {
        using var run = ProgramRun.StartInShell("exec", environment, _folder.Path, arguments);
        return await run.EndAsync();
    }
}
