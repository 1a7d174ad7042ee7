using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary><c>bench</c>: how fast this machine trains and generates, and how much of what it could.</summary>
internal static class BenchCommand
{
    private const int DefaultSteps = 20;
    private const int MostSteps = 100_000;
    private const string ModelFlag = "--model";

    /// <summary>The settings of a run that its speed depends on.</summary>
    private static readonly string[] Settings =
    [
        nameof(RunSpec.FromPretrained), nameof(RunSpec.Init), nameof(RunSpec.Dataset), nameof(RunSpec.DataDir), nameof(RunSpec.ModelType), nameof(RunSpec.Llm),
        nameof(RunSpec.BatchSize), nameof(RunSpec.GradSteps), nameof(RunSpec.OptimizerName), nameof(RunSpec.MaxInputLength), nameof(RunSpec.GenMaxLen),
        nameof(RunSpec.Bf16), nameof(RunSpec.Device), nameof(RunSpec.Threads),
    ];

    private static readonly SortedDictionary<string, PassKind> Passes = new(StringComparer.Ordinal) { ["auto"] = PassKind.Auto, ["autograd"] = PassKind.Autograd, ["gpu"] = PassKind.AsOnGpu };

    public static Command Create(Terminal terminal)
    {
        var command = new Command("bench", "Measure training and generation, and their share of the machine's matrix-product peak.");
        var settings = RunSpecFlags.All.Where(flag => Settings.Contains(flag.Property)).ToDictionary(flag => flag, Declare);
        Option<string[]> steps = Usage.Flag("--steps", "N", $"Steps timed, after a warm-up [{DefaultSteps}]");
        Option<bool> profile = Usage.Switch("--profile", "Say where a step's time goes");
        Option<string[]> pass = Usage.Flag("--pass", "WAY", $"How steps are computed, to compare the ways: {string.Join(", ", Passes.Keys)} [auto]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        foreach (Option option in settings.Values.Concat([steps, profile, pass, home, json]))
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            RunSpec spec = RunSpecCommandLine.Read(
                flag => settings.TryGetValue(flag, out Option? option) ? ValueOf(usage, option) : null,
                problem => usage.Add(problem.Replace(RunSpecRules.FlagOf(nameof(RunSpec.FromPretrained)), ModelFlag, StringComparison.Ordinal)));
            var place = new StudioHome(usage.Path(home));
            int count = usage.Whole(steps, 1, MostSteps) ?? DefaultSteps;
            if (spec.FromPretrained.Length > 0 && spec.FromPretrained != DemoModel.Name && !Directory.Exists(spec.FromPretrained))
            {
                usage.Add($"{ModelFlag} {spec.FromPretrained} is not a folder; name a model's folder, or demo.");
            }

            PassKind kind = PassKind.Auto;
            if (usage.Text(pass) is { } way && !Passes.TryGetValue(way, out kind))
            {
                usage.Add($"--pass {way} is unknown; use {string.Join(", ", Passes.Keys)}.");
            }

            usage.Demand();
            BenchmarkReport report = await OwnThread.RunAsync(() =>
            {
                DeviceMemory memory = DeviceMemory.Open(Devices.Resolve(spec.Device));
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

    private static Option Declare(RunSpecFlag flag) => flag.Property == nameof(RunSpec.FromPretrained)
        ? Usage.Flag(ModelFlag, flag.Value!, flag.Help)
        : RunSpecFlags.Declare(flag);

    private static string? ValueOf(Usage usage, Option option) => option switch
    {
        Option<bool> flag => usage.Is(flag) ? RunSpecFlags.On : null,
        _ => usage.Text((Option<string[]>)option),
    };

    private static Table TableOf(RunSpec spec, BenchmarkReport report)
    {
        Table table = Tables.Create("", $"{spec.FromPretrained}, {spec.Dataset}, {spec.ModelType}, batch {spec.BatchSize}, {report.Precision} on {report.Device}, {report.Threads} threads");
        (string, string)[] lines =
        [
            ("training", $"{Number(report.ExamplesPerSecond)} examples/s, {Number(report.TokensPerSecond)} tokens/s"),
            ("a step", $"{report.StepSeconds.ToString("0.000", CultureInfo.InvariantCulture)} s (median of {report.Steps})"),
            ("useful work", $"{Number(report.UsefulFlopsPerSecond / 1e9)} of {Number(report.MatmulPeakFlopsPerSecond / 1e9)} GFLOP/s: {Percent(report.Utilization)}"),
            ("generation", $"{Number(report.GeneratedTokensPerSecond)} tokens/s, {Percent(report.GenerationUtilization)} of the peak"),
            ("peak memory", Memory(report)),
            ("managed memory", $"{ByteSize.Format(report.ManagedBytesPerStep)} allocated a step"),
            .. (report.ProfileSeconds ?? new Dictionary<StepPhase, double>()).Select(phase =>
                ($"  {JsonNamingPolicy.SnakeCaseLower.ConvertName(phase.Key.ToString()).Replace('_', ' ')}", $"{Number(phase.Value * 1e3)} ms")),
        ];
        foreach ((string what, string value) in lines)
        {
            table.AddRow(Tables.Cells(what, value));
        }

        return table;
    }

    private static string Memory(BenchmarkReport report)
    {
        string host = ByteSize.Format(report.HostPeakMemoryBytes);
        return report.Device.StartsWith("cuda", StringComparison.Ordinal)
            ? $"{(report.PeakMemoryBytes is { } bytes ? ByteSize.Format(bytes) : "unknown, for the driver does not tell:")} of the GPU, {host} of the machine"
            : host;
    }

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
