using DistillStudio.Components.Controls;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>What the form's buttons do, and where the runs are trained.</summary>
public sealed partial class LaunchPage
{
    private RunOn _runOn = new([], null, null);

    private string CommandLine =>
        SpecArguments.CommandLine(Spec, parent: _draft.Parent) + (_runOn.Profile is { } profile ? $" --on {profile}" : "");

    private void Choose(RunOn place)
    {
        _runOn = place;
        Take(_draft);
    }

    private void LaunchOne()
    {
        string? id = null;
        if (actions.Try(() => id = manager.Launch(Spec, _runOn.Profile)))
        {
            navigation.NavigateTo(RunText.Address(id!));
        }
    }

    private void LaunchPair()
    {
        IReadOnlyList<string> ids = [];
        RunSpec stepByStep = Spec.Method == MethodNames.TaskPrefix
            ? Spec
            : LaunchDefaults.Follow(_draft.With(Spec with { Method = MethodNames.TaskPrefix }), _choices).Spec;
        if (actions.Try(() => ids = manager.LaunchPair(stepByStep, _runOn.Profile)))
        {
            navigation.NavigateTo(RunActions.Compare(ids));
        }
    }
}
