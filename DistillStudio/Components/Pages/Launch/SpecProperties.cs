using System.Reflection;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>The settings of a run one by one, by the names of <see cref="RunSpec"/>'s properties.</summary>
internal static class SpecProperties
{
    private static readonly Dictionary<string, PropertyInfo> All = typeof(RunSpec).GetProperties().Where(p => p.CanWrite).ToDictionary(p => p.Name);

    /// <summary>Those whose values differ.</summary>
    public static IEnumerable<string> Differing(RunSpec one, RunSpec other) =>
        All.Values.Where(p => !Equals(p.GetValue(one), p.GetValue(other))).Select(p => p.Name);

    /// <summary><paramref name="spec"/> with the values that <paramref name="source"/> has of some properties.</summary>
    public static RunSpec With(RunSpec spec, IEnumerable<string> properties, RunSpec source)
    {
        RunSpec copy = spec with { };
        foreach (string property in properties)
        {
            All[property].SetValue(copy, All[property].GetValue(source));
        }

        return copy;
    }
}
