using System.Reflection;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Run;

/// <summary>A history in which something happens once, just before the runs are listed.</summary>
public class HistoryWithHook : DispatchProxy
{
    public IRunHistory Inner { get; set; } = null!;

    public Action? BeforeListing { get; set; }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IRunHistory.ListRuns))
        {
            Action? happen = BeforeListing;
            BeforeListing = null;
            happen?.Invoke();
        }

        return targetMethod.Invoke(Inner, args);
    }
}
