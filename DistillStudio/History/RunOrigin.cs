using System.Globalization;

namespace DistillStudio.History;

/// <summary>Where an imported run came from.</summary>
/// <param name="File">Name of the archive.</param>
/// <param name="Id">The run's id where it was trained.</param>
/// <param name="At">When it was imported.</param>
public sealed record RunOrigin(string File, string Id, DateTimeOffset At)
{
    public override string ToString() => $"{Id} in {File}, {At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";
}
