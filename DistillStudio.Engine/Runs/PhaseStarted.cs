using System.Text.Json.Serialization;

namespace DistillStudio.Engine.Runs;

/// <summary>What a run does before its first step and after its last, besides evaluating.</summary>
public enum RunPhase
{
    ReadingData,
    LoadingModel,

    /// <summary>Tokenizing all rows ahead, or waiting for another process that does; else, a row is tokenized at its first
    /// use.</summary>
    Tokenizing,

    /// <summary>Reading weights and optimiser state of the checkpoint that the run resumes from.</summary>
    RestoringCheckpoint,

    /// <summary>Writing the trained model.</summary>
    Exporting,
}

/// <summary>A phase began; the next step, evaluation or end completes it.</summary>
/// <param name="Step">The last completed step; 0 before the first.</param>
public sealed record PhaseStarted(int Step, RunPhase Phase) : RunEvent
{
    /// <summary>Display text.</summary>
    [JsonIgnore]
    public string Text => TextOf(Phase);

    public static string TextOf(RunPhase phase) => phase switch
    {
        RunPhase.ReadingData => "reading data",
        RunPhase.LoadingModel => "loading the model",
        RunPhase.Tokenizing => "tokenizing",
        RunPhase.RestoringCheckpoint => "restoring the checkpoint",
        _ => "exporting",
    };
}
