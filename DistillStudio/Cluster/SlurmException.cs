using DistillStudio.Engine.Runtime;

namespace DistillStudio.Cluster;

/// <summary>A command of Slurm failed.</summary>
/// <param name="message">One sentence that holds Slurm's words.</param>
/// <param name="isLasting">False if the same may work later, such as while the controller is down.</param>
public sealed class SlurmException(string message, bool isLasting) : StudioException(message)
{
    public bool IsLasting { get; } = isLasting;
}
