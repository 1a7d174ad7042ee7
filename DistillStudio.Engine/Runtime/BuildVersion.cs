using System.Reflection;

namespace DistillStudio.Engine.Runtime;

/// <summary>Provides the program's version, for a run's record.</summary>
public static class BuildVersion
{
    public static string Current { get; } =
        typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
