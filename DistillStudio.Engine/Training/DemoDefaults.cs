using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Data.Recipes;

namespace DistillStudio.Engine.Training;

/// <summary>Settings under which the demo shows the paper's effect within one to two minutes a run on two CPU cores.</summary>
public static class DemoDefaults
{
    /// <summary>Step-by-step on the demo dataset, from fresh weights.</summary>
    public static RunSpec StepByStep { get; } = new()
    {
        Dataset = DemoDataset.Name,
        FromPretrained = DemoModel.Name,
        Init = ModelInit.Random,
        ModelType = RecipeNames.TaskPrefix,
        Llm = DemoDataset.Teacher,
        MaxSteps = 800,
        EvalSteps = 100,
        BatchSize = 32,
        Lr = 4e-3,
    };

    /// <summary>The same without the teacher: only the method differs.</summary>
    public static RunSpec Standard { get; } = StepByStep with { ModelType = RecipeNames.Standard };
}
