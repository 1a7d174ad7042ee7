using DistillStudio.Engine.Runtime;

namespace DistillStudio.Cluster;

/// <summary>A command of Slurm failed; the message holds its words.</summary>
/// <param name="words">What Slurm said, as one line.</param>
/// <param name="isLasting">False if the same may work later, such as while the controller is down.</param>
public sealed class SlurmException(string words, bool isLasting) : StudioException(words)
{
    public bool IsLasting { get; } = isLasting;
}
