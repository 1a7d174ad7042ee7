using System.Text.Json.Serialization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Settings;

/// <summary>
/// The complete specification of a run. The form, the command line, the queue, the checkpoint and the card share this record. Property
/// names in JSON (snake case) are the flags of the original <c>run.py</c>; defaults are the paper's.
/// </summary>
public sealed record RunSpec
{
    /// <summary>Represents the dataset of curves that were imported without settings; no dataset can have this name.</summary>
    private const string NoDataset = "curves only";

    /// <summary>A dataset's name, such as <c>cqa</c> or <c>demo</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Folder that contains the datasets; null for the home's <c>datasets</c>. The demo needs none.</summary>
    public string? DataDir { get; init; }

    /// <summary>A Hugging Face folder, or <c>demo</c> for the bundled small model.</summary>
    public required string FromPretrained { get; init; }

    /// <summary>Source of the initial weights.</summary>
    public ModelInit Init { get; init; } = ModelInit.Pretrained;

    /// <summary>Name of the method, one of <see cref="MethodNames"/>: <c>task_prefix</c> is step-by-step.</summary>
    public string Method { get; init; } = MethodNames.TaskPrefix;

    /// <summary>Source of the training labels; validation and test always use the truth.</summary>
    public LabelSource LabelSource { get; init; } = LabelSource.Gt;

    /// <summary>
    /// The teacher whose rationales (and labels, with <c>llm</c>) are used: <c>palm</c>, <c>gpt</c>, another's name, or null for none. For
    /// <see cref="MethodNames.SeveralTeachers"/> several, separated by commas; labels are the first one's.
    /// </summary>
    public string? Teacher { get; init; }

    /// <summary>
    /// Parts of the rationale weight, by teacher and separated by commas, such as <c>2,1</c>; null for equal ones.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? TeacherWeights { get; init; }

    /// <summary>Maximum number of rationales per row, for <see cref="MethodNames.ManyRationales"/>; null for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? Rationales { get; init; }

    /// <summary>Weight of the label loss, in [0, 1]; the rationale loss has weight 1 − alpha.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>Fraction of the training examples kept, in (0, 1].</summary>
    public double Subsample { get; init; } = 1.0;

    /// <summary>How those examples, and validation rows that come from the training rows, are drawn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public DataDraw Draw { get; init; }

    /// <summary>Number of optimiser steps.</summary>
    public int MaxSteps { get; init; } = 10_000;

    /// <summary>Steps between evaluations on the validation split.</summary>
    public int EvalSteps { get; init; } = 250;

    /// <summary>Steps between checkpoints; null for one after each evaluation.</summary>
    public int? SaveSteps { get; init; }

    /// <summary>
    /// Checkpoints kept besides the last two, evenly spread over the run, so that any part of it can be replayed.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int KeepCheckpoints { get; init; }

    /// <summary>Examples per batch; an optimiser step uses this many times <see cref="GradSteps"/>.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// Batches whose gradients are accumulated in one optimiser step; equivalent to one batch of their combined size, also at the end of
    /// an epoch.
    /// </summary>
    public int GradSteps { get; init; } = 1;

    public OptimizerName OptimizerName { get; init; } = OptimizerName.AdamW;

    /// <summary>Highest learning rate: that of the first step, unless there is a warm-up.</summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>Steps over which the learning rate rises from 0 to <see cref="LearningRate"/>; 0 for no warm-up.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int WarmupSteps { get; init; }

    /// <summary>How the learning rate falls after the warm-up.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public LrSchedule LrSchedule { get; init; }

    /// <summary>Seed of all random choices in the run.</summary>
    public int Seed { get; init; }

    /// <summary>Maximum tokens of an input, including its closing <c>&lt;/s&gt;</c>.</summary>
    public int MaxInputLength { get; init; } = 1024;

    /// <summary>Maximum generated tokens per answer.</summary>
    public int GenMaxLen { get; init; } = 64;

    /// <summary>
    /// Computes matrix products in bfloat16 over float32 master weights, or in float32; null for bfloat16 on a GPU that supports it and
    /// float32 elsewhere.
    /// </summary>
    public bool? Bf16 { get; init; }

    /// <summary>Generates rationales for every evaluated row, not only for the sampled ones.</summary>
    public bool OutputRationale { get; init; }

    /// <summary>Keeps examples with a blank teacher label, as the original does; otherwise they are omitted.</summary>
    public bool KeepBlankLabels { get; init; }

    /// <summary>Omits training rows that the teacher's review rejected; otherwise their true labels are trained on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool LeaveOutRejected { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>CPU threads of the matrix products; null to choose by the work, at most one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>Launches every kernel of a GPU singly instead of replaying recorded steps; affects speed and memory, not results.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoCudaGraphs { get; init; }

    /// <summary>Computes a step on a GPU by libtorch's operators alone; affects speed, but results only by rounding.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoOwnKernels { get; init; }

    /// <summary>Maximum rows per evaluation; null for all.</summary>
    public int? EvalLimit { get; init; }

    /// <summary>
    /// Evaluations without better weights after which the run stops early, see <c>BestWeights</c>; 0 to train to the last step.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Patience { get; init; }

    /// <summary>Id of the run from whose checkpoint this run continues; null for a run that starts from a model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Branch { get; init; }

    /// <summary>Step of that checkpoint: the steps up to it are the other run's. Null without <see cref="Branch"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? BranchStep { get; init; }

    /// <summary>Which weights the run exports.</summary>
    public KeepModel Keep { get; init; } = KeepModel.Best;

    /// <summary>Name given by the user; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>True for curves of another program's run, whose settings are unknown: no setting applies to them.</summary>
    [JsonIgnore]
    public bool IsCurvesOnly => Dataset == NoDataset;

    /// <summary>True if the method trains on a teacher's rationales.</summary>
    [JsonIgnore]
    public bool LearnsRationales => Method != MethodNames.Standard;

    /// <summary>True if rationales or labels come from a teacher, or its review determines the rows.</summary>
    [JsonIgnore]
    public bool NeedsTeacher => LearnsRationales || LabelSource == LabelSource.Llm || LeaveOutRejected;

    /// <summary>The rows that the run trains on.</summary>
    [JsonIgnore]
    public DataSelection Selection =>
        new(LabelSource == LabelSource.Llm, Teachers is [var first, ..] ? first : null, Subsample, Seed, KeepBlankLabels, Draw)
        {
            FurtherTeachers = [.. Teachers.Skip(1)],
            MostRationales = Method == MethodNames.ManyRationales ? Rationales ?? int.MaxValue : 1,
            Change = MethodNames.ChangeOf(Method),
            LeaveOutRejected = LeaveOutRejected,
        };

    /// <summary>The teachers by name; empty for none.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Teachers =>
        Teacher is null ? [] : Method == MethodNames.SeveralTeachers ? TeacherNames.Split(Teacher) : [Teacher];

    /// <summary>Returns the teachers whose completions the run reads from a data folder, including those of further samples.</summary>
    public IReadOnlyList<string> TeachersIn(string dataDir) =>
    [
        .. Teachers,
        .. Teachers.Take(1).SelectMany(teacher => RationaleSamples.NamesOf(
            teacher, Selection.MostRationales, name => Directory.Exists(DatasetLayout.TeacherFolder(dataDir, Dataset, name)))),
    ];

    /// <summary>Returns the spec of curves whose settings are unknown.</summary>
    /// <param name="steps">Step of the last point.</param>
    /// <param name="hasRationales">True if there is a curve of a rationale loss.</param>
    public static RunSpec OfCurves(int steps, bool hasRationales) => new()
    {
        Dataset = NoDataset,
        FromPretrained = "unknown",
        Method = hasRationales ? MethodNames.TaskPrefix : MethodNames.Standard,
        MaxSteps = Math.Max(1, steps),
    };

    /// <summary>Returns the method with its weights.</summary>
    /// <param name="sources">The teachers by source of the rows' rationales; empty for none.</param>
    internal DistillationMethod CreateMethod(IReadOnlyList<string> sources)
    {
        double[] weights =
            TeacherNames.Weights(TeacherWeights) is { } given && given.Length == sources.Count ? given : [.. sources.Select(_ => 1.0)];
        return sources.Count == 0 ? DistillationMethod.Create(Method, Alpha)
            : DistillationMethod.Create(
                Method, Alpha, [.. sources.Zip(weights, (teacher, weight) => new RationaleSource(teacher, weight / weights.Sum()))]);
    }

    /// <summary>Returns the spec as stored: with <c>~</c> in its paths expanded.</summary>
    /// <exception cref="InputException">As <see cref="UserPath.Expand"/>.</exception>
    public RunSpec WithFullPaths() => this with
    {
        FromPretrained = UserPath.Expand(FromPretrained),
        DataDir = DataDir is null ? null : UserPath.Expand(DataDir),
    };
}

public enum ModelInit
{
    /// <summary>The weights in the folder.</summary>
    Pretrained,

    /// <summary>Random weights initialised with the run's seed; the folder needs only configuration and tokenizer.</summary>
    Random,
}

public enum LabelSource
{
    /// <summary>The dataset's own labels.</summary>
    Gt,

    /// <summary>The teacher's labels.</summary>
    Llm,
}

/// <summary>Serialized like the values of the flag.</summary>
public enum OptimizerName
{
    [JsonStringEnumMemberName("AdamW")]
    AdamW,

    [JsonStringEnumMemberName("Adafactor")]
    Adafactor,
}

public enum KeepModel
{
    /// <summary>The weights with the best validation accuracy.</summary>
    Best,

    /// <summary>The weights of the last step.</summary>
    Last,
}

/// <summary>Learning rate schedule after the warm-up.</summary>
public enum LrSchedule
{
    /// <summary>Linear decay to 0, as in the paper.</summary>
    Linear,

    /// <summary>Constant at the highest value.</summary>
    Constant,

    /// <summary>Cosine decay to 0.</summary>
    Cosine,
}
