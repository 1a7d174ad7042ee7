namespace DistillStudio.Engine.Runs;

/// <summary>The point at which a run continued from a checkpoint of another run.</summary>
/// <param name="Step">Step of the checkpoint.</param>
/// <param name="Examples">Examples that the other run had used by then.</param>
/// <param name="Epoch">Passes over its training examples by then.</param>
public sealed record BranchPoint(int Step, long Examples, double Epoch);
