using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;

namespace DistillStudio.Tests.Figures;

/// <summary>The program serving a home, as a process of its own, while a run of the demo that does not end trains in it at full
/// rate.</summary>
internal sealed partial class TrainingServer : IDisposable
{
    private readonly ProgramRun _program;

    private TrainingServer(ProgramRun program, string address, RunFolder run) => (_program, Address, Run) = (program, address, run);

    public string Address { get; }

    public RunFolder Run { get; }

    /// <summary>Of the last whole line of the event file.</summary>
    public int Step
    {
        get
        {
            if (!File.Exists(Run.EventsPath))
            {
                return 0;
            }

            using var file = new FileStream(Run.EventsPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(0, file.Length - 2000);
            using var reader = new StreamReader(file);
            return ProgressedStep().Matches(reader.ReadToEnd()).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))
                .LastOrDefault();
        }
    }

    /// <summary>Processor time taken so far.</summary>
    public TimeSpan Used
    {
        get
        {
            using var process = Process.GetProcessById(_program.ProcessId);
            return process.TotalProcessorTime;
        }
    }

    public static async Task<TrainingServer> StartAsync(StudioHome home, string? group = null)
    {
        RunFolder run =
            RunFolder.Create(
                Directory.CreateDirectory(home.Runs).FullName, RunDefaults.Demo with { MaxSteps = 1_000_000, EvalSteps = 1_000_000 },
                DateTimeOffset.UtcNow);
        new RunSidecar { QueueOrder = 1, Group = group }.Write(run.Path);
        ProgramRun program = ProgramRun.Start("serve", "--home", home.Path, "--port", "0");
        var server = new TrainingServer(program, WebAddress().Match(await program.LineAsync("http://")).Value, run);
        await Eventually.Holds(() => server.Step > 200, TimeSpan.FromMinutes(2));
        return server;
    }

    public void Dispose() => _program.Dispose();

    [GeneratedRegex("http://[^ \\s]+")]
    private static partial Regex WebAddress();

    [GeneratedRegex("\"event\":\"progressed\",\"step\":(\\d+)")]
    private static partial Regex ProgressedStep();
}
