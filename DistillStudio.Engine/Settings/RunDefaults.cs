using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Data.Methods;

namespace DistillStudio.Engine.Settings;

/// <summary>Default settings of a run: the paper's, or the demo's.</summary>
public static class RunDefaults
{
    /// <summary>The paper's settings, for any dataset but the demo.</summary>
    public static RunSpec Paper { get; } = new() { Dataset = "", FromPretrained = "" };

    /// <summary>
    /// Step-by-step on the demo dataset, from random weights, with settings that reproduce the paper's effect in one to two minutes per
    /// run on two CPU cores.
    /// </summary>
    public static RunSpec Demo { get; } = new()
    {
        Dataset = DemoDataset.Name,
        FromPretrained = DemoModel.Name,
        Init = ModelInit.Random,
        Method = MethodNames.TaskPrefix,
        Teacher = DemoDataset.Teacher,
        MaxSteps = 800,
        EvalSteps = 100,
        BatchSize = 32,
        LearningRate = 4e-3,
    };

    /// <summary>The demo with standard training: only the method differs.</summary>
    public static RunSpec DemoStandard { get; } = Demo with { Method = MethodNames.Standard };

    /// <summary>
    /// Returns the defaults for a dataset; without a teacher if its usual one is <c>palm</c> (see <see cref="TeacherFor"/>).
    /// </summary>
    public static RunSpec For(string dataset) => dataset == DemoDataset.Name ? Demo : Paper with { Dataset = dataset };

    /// <summary>Returns the dataset's usual teacher if the run needs one; otherwise null.</summary>
    public static string? TeacherFor(RunSpec spec) => spec.NeedsTeacher ? For(spec.Dataset).Teacher ?? DatasetLayout.Palm : null;

    /// <summary>Returns the default weight initialisation: only the demo model, which has no weights, is initialised randomly.</summary>
    public static ModelInit InitFor(RunSpec spec) =>
        spec.FromPretrained == DemoModel.Name ? ModelInit.Random : ModelInit.Pretrained;
}
