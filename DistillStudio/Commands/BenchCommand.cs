using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistillStudio.Commands.Comparing;
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
    private const string HuggingFace = "hf";

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
        Option<string[]> compare = Usage.Flag(
            "--compare", "PROGRAM", $"Compare with another program on the same work: {HuggingFace}, Hugging Face's T5");
        Option<string[]> python = Usage.Flag(
            "--python", "PROGRAM", "A Python with torch and transformers, which measures the other program at once");
        Option<string[]> result = Usage.Flag("--hf-result", "FILE", "Output of the command that --compare has printed");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        foreach (Option option in settings.Options.Concat([steps, profile, pass, compare, python, result, home, json]))
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

            Comparison? comparison = ReadComparison(usage, usage.Text(compare), usage.Path(python), usage.Path(result), place);
            usage.Demand();
            if (comparison is not null)
            {
                await DedicatedThread.RunAsync(() =>
                {
                    using TrainingSession session = TrainingSession.Open(spec with { MaxSteps = MostSteps * 2 }, place, kind);
                    comparison.Prepare(session, count, stop);
                    return true;
                });
                await comparison.CheckAsync(stop);
            }

            BenchmarkReport report = await DedicatedThread.RunAsync(() =>
            {
                DeviceMemory memory = DeviceMemory.Open(spec.Device);
                using TrainingSession session = TrainingSession.Open(spec with { MaxSteps = MostSteps * 2 }, place, kind);
                return new Benchmark(session, memory, usage.Is(profile)).Run(count, stop);
            });
            await (comparison?.MeasureAsync(stop) ?? Task.CompletedTask);
            await WriteAsync(terminal, spec, report, comparison, usage.Is(json));

            return ExitCodes.Done;
        });
        return command;
    }

    private static Comparison? ReadComparison(Usage usage, string? program, string? python, string? result, StudioHome place)
    {
        if (program is null)
        {
            if (python is not null || result is not null)
            {
                usage.Add($"{(python is null ? "--hf-result" : "--python")} belongs to --compare {HuggingFace}; add that.");
            }

            return null;
        }

        if (program != HuggingFace)
        {
            usage.Add($"--compare {program} is unknown; use {HuggingFace}.");
        }

        if (python is not null && result is not null)
        {
            usage.Add("--python measures anew and --hf-result reads what was measured; give one of them.");
        }

        return new(place, python, result);
    }

    private static async Task WriteAsync(Terminal terminal, RunSpec spec, BenchmarkReport report, Comparison? comparison, bool isJson)
    {
        if (isJson)
        {
            JsonNode node = JsonSerializer.SerializeToNode(report, EngineJson.Events)!;
            if (comparison is not null)
            {
                node["comparison"] = comparison.ToJson(report);
            }

            await terminal.Out.WriteLineAsync(node.ToJsonString(EngineJson.Events));
            return;
        }

        terminal.Console.Write(TableOf(spec, report, comparison?.Lines(report) ?? []));
        if (comparison?.Remaining is { } remaining)
        {
            await terminal.Out.WriteLineAsync(remaining);
        }
    }

    private static Table TableOf(RunSpec spec, BenchmarkReport report, IEnumerable<(string What, string Value)> compared)
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
            .. report.Products.Select(product => ("products", product)),
            .. report.Graphs is { } graphs
                ? new[] { ("CUDA graphs", $"{graphs}, with {ByteSize.Format(report.GraphBytes ?? 0)} of the GPU's memory") }
                : [],
            ("managed memory", $"{ByteSize.Format(report.ManagedBytesPerStep)} allocated per step"),
            .. (report.ProfileSeconds ?? new Dictionary<StepPhase, double>()).Select(phase =>
                (
                    $"  {JsonNamingPolicy.SnakeCaseLower.ConvertName(phase.Key.ToString()).Replace('_', ' ')}",
                    $"{Number(phase.Value * 1e3)} ms")),
            .. compared,
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
        string peak = report.Device.StartsWith("cuda", StringComparison.Ordinal)
            ? $"{(report.PeakMemoryBytes is { } bytes ? ByteSize.Format(bytes) : "unknown, since the driver does not report it:")} of the "
                + $"GPU, {host} of the machine"
            : host;
        return $"{peak}; estimated for a run: {ByteSize.Format(report.EstimatedMemoryBytes)}";
    }

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
