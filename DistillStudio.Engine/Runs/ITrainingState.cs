using DistillStudio.Engine.Model;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>What a checkpoint saves and restores of a run in progress.</summary>
public interface ITrainingState
{
    T5 Model { get; }

    IOptimizer Optimizer { get; }

    RunSpec Spec { get; }

    /// <summary>Number of rows from which batches are drawn.</summary>
    int TrainRows { get; }

    /// <summary>Folder of the model that the run started from; provides config and tokenizer of an export.</summary>
    string ModelFolder { get; }
}
