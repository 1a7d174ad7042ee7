using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Browser;

/// <summary>The built program serving a home, as a process in which nothing was done before.</summary>
internal sealed class FreshStudio : IDisposable
{
    private readonly ProgramRun _program;
    private readonly StudioHome _home;
    private readonly string _folder;
    private readonly IReadOnlyList<string> _before;

    private FreshStudio(ProgramRun program, StudioHome home, string folder)
    {
        (_program, _home, _folder) = (program, home, folder);
        _before = ProgramFolder.EntriesOf(folder);
    }

    public string Address { get; private set; } = "";

    /// <param name="home">Its home.</param>
    /// <param name="folder">Where the program lies; null for where it was built.</param>
    public static async Task<FreshStudio> StartAsync(StudioHome home, string? folder = null)
    {
        folder ??= AppContext.BaseDirectory;
        var studio = new FreshStudio(ProgramRun.StartIn(folder, "serve", "--home", home.Path, "--port", "0"), home, folder);
        studio.Address = (await studio._program.AddressAsync()).ToString();
        return studio;
    }

    /// <summary>Waits until so many runs that were not there before have taken a step; a run that fails fails the test.</summary>
    public Task TrainsAsync(int runs, IReadOnlyCollection<string> before) => Eventually.Holds(
        () =>
        {
            RunEvent[][] histories = [.. RunFolders().Except(before).Select(RunFiles.Events)];
            Assert.Empty(histories.SelectMany(events => events.OfType<Failed>()).Select(failed => failed.Message));
            return histories.Count(events => events.Any(e => e is StepCompleted)) >= Math.Min(runs, 1) && histories.Length == runs;
        },
        TimeSpan.FromMinutes(1));

    public string[] RunFolders() => Directory.Exists(_home.Runs) ? Directory.GetDirectories(_home.Runs) : [];

    /// <summary>Stops it: it had nothing to complain of, and nothing lies beside the program that was not there.</summary>
    public async Task EndsCleanAsync()
    {
        await _program.SignalAsync("TERM");
        CommandResult result = await _program.EndAsync();
        // the tests' home is an open one
        string[] complaints =
            [.. result.Error.Split('\n').Where(line => line.Length > 0 && !line.Contains("HomePermissions", StringComparison.Ordinal))];
        Assert.True(result.ExitCode == 0 && complaints.Length == 0, $"Exit code {result.ExitCode}: {result.Error}");
        Assert.DoesNotContain("TorchSharp", result.Out, StringComparison.Ordinal);
        Assert.Equal(_before, ProgramFolder.EntriesOf(_folder));
    }

    public void Dispose() => _program.Dispose();
}
