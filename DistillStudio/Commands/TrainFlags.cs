using System.CommandLine;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>What <c>train</c> was asked to do.</summary>
/// <param name="ModelFolder">Where the model goes; null for the run's folder.</param>
/// <param name="IsRecorded">False: the run keeps no spec and no events.</param>
internal sealed record TrainRequest(RunSpec Spec, StudioHome Home, string? ModelFolder, bool IsRecorded, bool IsJson);

/// <summary>The flags of <c>train</c>.</summary>
/// <param name="isFolder">Says whether a folder is there; a missing one is told together with the other mistakes.</param>
internal sealed class TrainFlags(Func<string, bool> isFolder)
{
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["--parallelize"] = "a model is not spread over several GPUs; choose one with --device cuda:n, and lower --batch_size (raising --grad_steps) if memory is short",
        ["--local-rank"] = "a run is one process; start one run per GPU, each with its own --device cuda:n",
    };

    private readonly Dictionary<RunSpecFlag, Option> _spec = RunSpecFlags.All.ToDictionary(flag => flag, RunSpecFlags.Declare);
    private readonly Option<string[]> _out = Usage.Flag("--out", "DIR", "Where the trained model goes [the run's folder]");
    private readonly Option<bool> _noLog = Usage.Switch("--no_log", "Keep no record of the run; the studio will not show it");
    private readonly Option<string[]> _home = CommonFlags.Home();
    private readonly Option<bool> _json = CommonFlags.Json("Print each event as one JSON line");

    public IEnumerable<Option> Options => [.. RunSpecFlags.All.Select(flag => _spec[flag]), _out, _noLog, _home, _json];

    /// <exception cref="InputException">Flags are wrong; all of them are named.</exception>
    public TrainRequest Read(ParseResult parsed)
    {
        var usage = new Usage(parsed, Refused);
        RunSpec spec = RunSpecCommandLine.Read(flag => ValueOf(usage, _spec[flag]), usage.Add);
        RequireFolder(usage, nameof(RunSpec.FromPretrained), spec.FromPretrained == DemoModel.Name ? null : spec.FromPretrained, "name a model's folder, or demo");
        RequireFolder(usage, nameof(RunSpec.DataDir), spec.DataDir, "name the folder that holds the datasets");
        string? modelFolder = usage.Path(_out);
        string? home = usage.Path(_home);
        usage.Demand();
        return new TrainRequest(spec, new StudioHome(home), modelFolder, !usage.Is(_noLog), usage.Is(_json));
    }

    private void RequireFolder(Usage usage, string property, string? folder, string mend)
    {
        if (!string.IsNullOrWhiteSpace(folder) && !isFolder(folder))
        {
            usage.Add($"{RunSpecRules.FlagOf(property)} {folder} is not a folder; {mend}.");
        }
    }

    private static string? ValueOf(Usage usage, Option option) => option switch
    {
        Option<bool> flag => usage.Is(flag) ? RunSpecFlags.On : null,
        _ => usage.Text((Option<string[]>)option),
    };
}
