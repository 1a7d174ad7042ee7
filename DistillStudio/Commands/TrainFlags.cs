using System.CommandLine;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using DistillStudio.Jobs;

namespace DistillStudio.Commands;

/// <summary>The parsed request of a <c>train</c> command.</summary>
/// <param name="ModelFolder">Output folder of the model; null for the run's folder.</param>
/// <param name="IsRecorded">False if the run saves neither its spec nor its events.</param>
/// <param name="Resumed">The run to resume; null for a new one.</param>
/// <param name="Remarks">One sentence for each flag that has no effect together with the others.</param>
/// <param name="Branch">The checkpoint to branch from; null for a run that starts from its model.</param>
/// <param name="TensorBoard">Folder of TensorBoard event files; null for none.</param>
/// <param name="Profile">Profile of the cluster that trains the run; null for this machine.</param>
internal sealed record TrainRequest(
    RunSpec Spec,
    StudioHome Home,
    string? ModelFolder,
    bool IsRecorded,
    bool IsJson,
    RunFolder? Resumed,
    IReadOnlyList<string> Remarks,
    RunBranch? Branch = null,
    string? TensorBoard = null,
    string? Profile = null);

/// <summary>The flags of <c>train</c>.</summary>
/// <param name="isFolder">Returns whether a folder exists; a missing folder is reported together with the other errors.</param>
internal sealed class TrainFlags(Func<string, bool> isFolder)
{
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["--parallelize"] =
            "a model is not spread over several GPUs; choose one with --device cuda:n, and lower --batch_size (raising --grad_steps) if "
                + "memory is short",
        ["--local-rank"] = "a run is one process; start one run per GPU, each with its own --device cuda:n",
    };

    /// <summary>Paths and machine resources, which may change when a run is resumed.</summary>
    private static readonly Setting[] ResumeMayChange =
        [SettingsTable.FromPretrained, SettingsTable.DataDir, SettingsTable.Device, SettingsTable.Threads];

    private readonly SettingOptions _spec = new(SettingsTable.All);
    private readonly Option<string[]> _resume = Usage.Flag(
        "--resume", "DIR", "Continue the run in this folder from its last checkpoint, with its settings");
    private readonly Option<string[]> _out = Usage.Flag("--out", "DIR", "Folder for the trained model [the run's folder]");
    private readonly Option<bool> _noLog = Usage.Switch("--no_log", "Do not record the run; the studio will not show it");
    private readonly Option<string[]> _tensorBoard = Usage.Flag(
        "--tensorboard", "DIR", "Also write the curves for TensorBoard, while training, into DIR/RUN");
    private readonly Option<string[]> _on = CommonFlags.On();
    private readonly Option<bool> _json = CommonFlags.Json("Print each event as one JSON line");

    public Option<string[]> Home { get; } = CommonFlags.Home();

    public IEnumerable<Option> Options => [.. _spec.Options, _resume, _out, _noLog, _tensorBoard, _on, Home, _json];

    /// <summary>Returns the model and the home as named by flags, without validation.</summary>
    public (string? Model, string? Home) ReadModel(ParseResult parsed)
    {
        var usage = new Usage(parsed, Refused);
        return (_spec.ValueOf(usage, SettingsTable.FromPretrained.Flags[0]), usage.Path(Home));
    }

    /// <exception cref="InputException">The flags are invalid; the exception lists every problem.</exception>
    public TrainRequest Read(ParseResult parsed)
    {
        var usage = new Usage(parsed, Refused);
        RunFolder? resumed = usage.Path(_resume) is { } path ? RunFolder.Open(path) : null;
        if (resumed is not null && usage.Is(_noLog))
        {
            usage.Add("--no_log cannot be combined with --resume: a resumed run keeps its record.");
        }

        var home = new StudioHome(usage.Path(Home));
        RunSummary? parent = FindParent(usage, home);
        RunBranch? branch = null;
        RunSpec spec = parent is not null ? ReadBranch(usage, parent, out branch)
            : resumed is null ? SpecArguments.Read(flag => _spec.ValueOf(usage, flag), usage.Add)
            : SpecArguments.Change(resumed.ReadSpec(), flag => _spec.ValueOf(usage, flag), ResumeMayChange.Contains, usage.Add);
        spec = usage.ExpandPaths(spec);
        string? tensorBoard = usage.Path(_tensorBoard);
        string? modelFolder = usage.Path(_out);
        string? profile = ReadProfile(usage, resumed);
        if (!string.IsNullOrWhiteSpace(spec.FromPretrained)
            && !isFolder(spec.FromPretrained)
            && ModelLocator.WhyMissing(spec.FromPretrained, home) is { } whyMissing)
        {
            usage.Add($"{SettingsTable.FromPretrained.Flag} {spec.FromPretrained} {whyMissing}.");
        }

        if (!string.IsNullOrWhiteSpace(spec.DataDir) && !isFolder(spec.DataDir))
        {
            usage.Add($"{SettingsTable.DataDir.Flag} {spec.DataDir} is not a folder; name the folder of the datasets.");
        }

        string dataDir = string.IsNullOrWhiteSpace(spec.DataDir) ? home.Datasets : spec.DataDir;
        if (DatasetNames.IsValid(spec.Dataset) && DatasetCatalog.WhyMissing(spec.Dataset, dataDir) is { } whyNoDataset)
        {
            usage.Add($"{SettingsTable.Dataset.Flag} {spec.Dataset} {whyNoDataset}.");
        }

        usage.Demand();
        return new TrainRequest(
            spec, home, modelFolder, !usage.Is(_noLog), usage.Is(_json), resumed, [.. Remarks(usage, spec)], branch, tensorBoard,
            profile);
    }

    /// <summary>Returns the profile of the cluster that trains the run; null for this machine.</summary>
    private string? ReadProfile(Usage usage, RunFolder? resumed)
    {
        if (resumed is not null && RunSidecar.PlacementOf(resumed.Path) is { IsLive: true, Job: { } job })
        {
            usage.Add($"{_resume.Name} {resumed.Id}: the run is on the cluster, as job {job.Id}; cancel it there first "
                + $"(scancel {job.Id}).");
        }

        string? profile = usage.Text(_on);
        Option<string[]>[] others = [_resume, _out, _tensorBoard];
        foreach (Option<string[]> other in others.Where(other => profile is not null && usage.Text(other) is not null))
        {
            usage.Add($"{other.Name} cannot be combined with {_on.Name}: the run is trained elsewhere, and its folder holds what it "
                + $"makes.");
        }

        if (profile is not null && usage.Is(_noLog))
        {
            usage.Add($"{_noLog.Name} cannot be combined with {_on.Name}: the record is how the run is followed.");
        }

        return profile;
    }

    /// <summary>Returns the run to branch from; null if none is named.</summary>
    /// <exception cref="InputException">There is no such run.</exception>
    private RunSummary? FindParent(Usage usage, StudioHome home)
    {
        string flag = SettingsTable.Branch.Flag;
        if (_spec.ValueOf(usage, SettingsTable.Branch.Flags[0]) is not { } word)
        {
            return null;
        }

        foreach (string other in new[] { (_resume.Name, usage.Text(_resume) is not null), (_noLog.Name, usage.Is(_noLog)) }
            .Where(other => other.Item2).Select(other => other.Item1))
        {
            usage.Add(other == _resume.Name
                ? $"{other} cannot be combined with {flag}: a branch is a new run, and is itself resumed later with {other} alone."
                : $"{other} cannot be combined with {flag}: a branch keeps the record of the steps that it continues.");
        }

        usage.DemandSoFar();
        return new RunArchive(home).Find(word);
    }

    private RunSpec ReadBranch(Usage usage, RunSummary parent, out RunBranch? branch)
    {
        RunSpec spec = SpecArguments.ReadBranch(
            BranchRules.Inherit(parent.Spec, parent.Id, null), flag => _spec.ValueOf(usage, flag), usage.Add);
        branch = null;
        if (spec.BranchStep is not null || _spec.ValueOf(usage, SettingsTable.BranchStep.Flags[0]) is null)
        {
            branch = RunBranch.Find(RunFolder.Open(parent.Folder), spec.BranchStep);
        }

        return spec;
    }

    private IEnumerable<string> Remarks(Usage usage, RunSpec spec) =>
        from setting in SettingsTable.All
        let whyNot = setting.WhyNot(spec)
        where whyNot is not null
        from flag in setting.Flags
        where _spec.ValueOf(usage, flag) is { } given && !given.Equals(TeacherNames.None, StringComparison.OrdinalIgnoreCase)
        select $"{flag.Name} has no effect: {char.ToLowerInvariant(whyNot[0])}{whyNot[1..]}";
}
