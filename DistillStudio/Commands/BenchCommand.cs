using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Backends;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>The <c>bench</c> command: measures training and generation speed on this machine, and its utilisation.</summary>
internal static class BenchCommand
{
    private const int DefaultSteps = 20;
    private const int MostSteps = 100_000;
    private const string ModelFlag = "--model";

    /// <summary>The settings that affect the speed of a run.</summary>
    private static readonly Setting[] SpeedSettings =
    [
        SettingsTable.FromPretrained with { Flags = [new(ModelFlag, SettingsTable.FromPretrained.Help)] },
        SettingsTable.Init, SettingsTable.Dataset, SettingsTable.DataDir, SettingsTable.Method, SettingsTable.Teacher,
        SettingsTable.BatchSize, SettingsTable.GradSteps,
        SettingsTable.Optimizer, SettingsTable.MaxInputLength, SettingsTable.GenMaxLen, SettingsTable.Bf16, SettingsTable.Device,
        SettingsTable.Threads, SettingsTable.NoCudaGraphs, SettingsTable.NoOwnKernels,
    ];

    private static readonly SortedDictionary<string, BackendKind> Passes =
        new(StringComparer.Ordinal) { ["auto"] = BackendKind.Auto, ["autograd"] = BackendKind.Autograd, ["gpu"] = BackendKind.AsOnGpu };

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "bench", "Measure the speed of training and generation, also relative to the machine's matrix-product peak.");
        var settings = new SettingOptions(SpeedSettings);
        Option<string[]> steps = Usage.Flag("--steps", "N", $"Steps to time, after a warm-up [{DefaultSteps}]");
        Option<bool> profile = Usage.Switch("--profile", "Show where a step's time goes");
        Option<string[]> pass = Usage.Flag(
            "--pass", "WAY", $"Compute backend of the steps, for comparisons: {string.Join(", ", Passes.Keys)} [auto]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        foreach (Option option in settings.Options.Concat([steps, profile, pass, home, json]))
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            RunSpec spec = SpecArguments.Read(
                flag => settings.ValueOf(usage, flag == SettingsTable.FromPretrained.Flags[0] ? SpeedSettings[0].Flags[0] : flag),
                problem => usage.Add(problem.Replace(SettingsTable.FromPretrained.Flag, ModelFlag, StringComparison.Ordinal)));
            var place = new StudioHome(usage.Path(home));
            int count = usage.Whole(steps, 1, MostSteps) ?? DefaultSteps;
            spec = usage.ExpandPaths(spec);
            if (spec.FromPretrained.Length > 0 && ModelLocator.WhyMissing(spec.FromPretrained, place) is { } whyMissing)
            {
                usage.Add($"{ModelFlag} {spec.FromPretrained} {whyMissing}.");
            }

            BackendKind kind = BackendKind.Auto;
            if (usage.Text(pass) is { } way && !Passes.TryGetValue(way, out kind))
            {
                usage.Add($"--pass {way} is unknown; use {string.Join(", ", Passes.Keys)}.");
            }

            usage.Demand();
            BenchmarkReport report = await DedicatedThread.RunAsync(() =>
            {
                DeviceMemory memory = DeviceMemory.Open(spec.Device);
                using TrainingSession session = TrainingSession.Open(spec with { MaxSteps = MostSteps * 2 }, place, kind);
                return new Benchmark(session, memory, usage.Is(profile)).Run(count, stop);
            });
            if (usage.Is(json))
            {
                await terminal.Out.WriteLineAsync(JsonSerializer.Serialize(report, EngineJson.Events));
            }
            else
            {
                terminal.Console.Write(TableOf(spec, report));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static Table TableOf(RunSpec spec, BenchmarkReport report)
    {
        Table table =
            Tables.Create("", $"{spec.FromPretrained}, {spec.Dataset}, {spec.Method}, batch {spec.BatchSize}, "
                + $"{report.Precision} on {report.Device}, {report.Threads} threads");
        (string, string)[] lines =
        [
            ("training", $"{Number(report.ExamplesPerSecond)} examples/s, {Number(report.TokensPerSecond)} tokens/s"),
            ("step time", $"{report.StepSeconds.ToString("0.000", CultureInfo.InvariantCulture)} s (median of {report.Steps})"),
            ("model FLOPs (MFU)", $"{Number(report.UsefulFlopsPerSecond / 1e9)} of {Number(report.MatmulPeakFlopsPerSecond / 1e9)} "
                + $"GFLOP/s: {Percent(report.Utilization)}"),
            ("generation", $"{Number(report.GeneratedTokensPerSecond)} tokens/s, {Percent(report.GenerationUtilization)} of the peak"),
            ("peak memory", Memory(report)),
            .. report.Graphs is { } graphs
                ? new[] { ("CUDA graphs", $"{graphs}, with {ByteSize.Format(report.GraphBytes ?? 0)} of the GPU's memory") }
                : [],
            ("managed memory", $"{ByteSize.Format(report.ManagedBytesPerStep)} allocated per step"),
            .. (report.ProfileSeconds ?? new Dictionary<StepPhase, double>()).Select(phase =>
                (
                    $"  {JsonNamingPolicy.SnakeCaseLower.ConvertName(phase.Key.ToString()).Replace('_', ' ')}",
                    $"{Number(phase.Value * 1e3)} ms")),
        ];
        foreach ((string what, string value) in lines.Concat((report.Remarks ?? []).Select(remark => ("remark", remark))))
        {
            table.AddRow(Tables.Cells(what, value));
        }

        return table;
    }

    private static string Memory(BenchmarkReport report)
    {
        string host = ByteSize.Format(report.HostPeakMemoryBytes);
        return report.Device.StartsWith("cuda", StringComparison.Ordinal)
            ? $"{(report.PeakMemoryBytes is { } bytes ? ByteSize.Format(bytes) : "unknown, since the driver does not report it:")} of the "
                + $"GPU, {host} of the machine"
            : host;
    }

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
