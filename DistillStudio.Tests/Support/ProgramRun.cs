using System.Diagnostics;
using System.Text.Json;
using DistillStudio.Commands;

namespace DistillStudio.Tests.Support;

/// <summary>The program as a separate process, as a shell would start it.</summary>
internal sealed class ProgramRun : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly List<string> _lines = [];

    private ProgramRun(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public static ProgramRun Start(params string[] arguments) => StartIn(AppContext.BaseDirectory, arguments);

    /// <param name="folder">Folder of the program.</param>
    /// <param name="arguments">The program's arguments.</param>
    public static ProgramRun StartIn(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments.Prepend(Path.Combine(folder, Path.GetFileName(typeof(CommandLine).Assembly.Location))))
        {
            start.ArgumentList.Add(argument);
        }

        return new ProgramRun(Process.Start(start)!);
    }

    /// <summary>With at most this many kilobytes of address space, as <c>ulimit -v</c> gives it; the runtime's own heap is kept small to
    /// fit.</summary>
    public static ProgramRun StartLimited(long kilobytes, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_GCHeapHardLimit"] = "0x20000000", ["OMP_NUM_THREADS"] = "1" },
        };
        foreach (string argument in
            (string[])["-c", $"ulimit -v {kilobytes}; exec dotnet \"$0\" \"$@\"", typeof(CommandLine).Assembly.Location, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return new ProgramRun(Process.Start(start)!);
    }

    /// <summary>As a shell starts it after the commands in <paramref name="before"/>, with further environment variables.</summary>
    public static ProgramRun StartAfter(string before, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        StartInShell(
            $"{before} exec", environment.ToDictionary(variable => variable.Key, variable => (string?)variable.Value), null, arguments);

    /// <summary>After shell commands such as <c>ulimit -n 128; exec</c>, which precede the program.</summary>
    /// <param name="before">Ends with <c>exec</c> or another command that starts one.</param>
    /// <param name="environment">Variables to set; null removes one.</param>
    /// <param name="folder">Working folder of the program; null for that of the test.</param>
    /// <param name="arguments">The program's arguments.</param>
    public static ProgramRun StartInShell(
        string before, IReadOnlyDictionary<string, string?>? environment, string? folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        foreach (string argument in (string[])["-c", $"{before} dotnet \"$0\" \"$@\"", typeof(CommandLine).Assembly.Location, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return new ProgramRun(Process.Start(start)!);
    }

    public int ProcessId => _process.Id;

    /// <summary>Runs to the end.</summary>
    public static async Task<CommandResult> ToEndAsync(string[] arguments, string input = "", string? folder = null)
    {
        using ProgramRun run = StartIn(folder ?? AppContext.BaseDirectory, arguments);
        await run._process.StandardInput.WriteAsync(input);
        run._process.StandardInput.Close();
        return await run.EndAsync();
    }

    /// <summary>Runs to the end and reads its one JSON document; anything but success fails the test.</summary>
    public static async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        CommandResult result = await ToEndAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonDocument.Parse(result.Out).RootElement;
    }

    /// <summary>Waits for a line of standard output that holds <paramref name="part"/>.</summary>
    public async Task<string> LineAsync(string part)
    {
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            _lines.Add(line);
            if (line.Contains(part, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The program ended before it said {part}: {await _error}");
    }

    /// <summary>Address at which a studio reports that it is open.</summary>
    public async Task<Uri> AddressAsync() =>
        new((await LineAsync("open at")).Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal)));

    /// <param name="name">Such as <c>INT</c>.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {_process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits for the end.</summary>
    public async Task<CommandResult> EndAsync()
    {
        string rest = await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CommandResult(_process.ExitCode, string.Concat(_lines.Select(line => line + "\n")) + rest, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
