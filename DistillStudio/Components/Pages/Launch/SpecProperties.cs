using System.Reflection;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>Accesses single settings of a run by property name of <see cref="RunSpec"/>.</summary>
internal static class SpecProperties
{
    private static readonly Dictionary<string, PropertyInfo> All =
        typeof(RunSpec).GetProperties().Where(p => p.CanWrite).ToDictionary(p => p.Name);

    /// <summary>Returns the names of the properties whose values differ.</summary>
    public static IEnumerable<string> Differing(RunSpec one, RunSpec other) =>
        All.Values.Where(p => !Equals(p.GetValue(one), p.GetValue(other))).Select(p => p.Name);

    /// <summary>Returns <paramref name="spec"/> with some properties copied from <paramref name="source"/>.</summary>
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
