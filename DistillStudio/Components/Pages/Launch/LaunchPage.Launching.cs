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

    private void LaunchOne() => Go(() => RunText.Address(manager.Launch(Spec, _runOn.Profile)));

    private void LaunchPair() => Go(() => RunActions.Compare(manager.LaunchPair(
        Spec.Method == MethodNames.TaskPrefix
            ? Spec
            : LaunchDefaults.Follow(_draft.With(Spec with { Method = MethodNames.TaskPrefix }), _choices).Spec,
        _runOn.Profile)));

    /// <summary>Launches and goes to the page whose address <paramref name="launch"/> returns.</summary>
    private void Go(Func<string> launch)
    {
        string? address = null;
        if (actions.Try(() => address = launch()))
        {
            navigation.NavigateTo(address!);
        }
        else
        {
            Take(_draft); // what the form offers may have gone since it was drawn
        }
    }
}
