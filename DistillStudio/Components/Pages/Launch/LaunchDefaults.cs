using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>What the settings are that nobody has set: it depends on the dataset, the model, the method and the labels chosen.</summary>
internal static class LaunchDefaults
{
    /// <summary>The choices that others depend on.</summary>
    private static readonly string[] Choices = [nameof(RunSpec.Dataset), nameof(RunSpec.FromPretrained), nameof(RunSpec.Method), nameof(RunSpec.LabelSource)];

    /// <summary>Read first in a notice.</summary>
    private static readonly string[] Foremost = [nameof(RunSpec.LearningRate), nameof(RunSpec.MaxSteps), nameof(RunSpec.BatchSize), nameof(RunSpec.EvalSteps)];

    /// <summary>A draft of an earlier run's or a file's settings: what differs from the defaults counts as set by hand, the rest follows the choices made later.</summary>
    public static LaunchDraft Adopt(RunSpec spec, LaunchChoices choices)
    {
        string[] chosen = [nameof(RunSpec.Dataset), .. SpecProperties.Differing(spec, Apply(spec, [], choices)).Intersect(Choices)];
        RunSpec defaults = LaunchRules.Settle(Apply(spec, chosen, choices), choices);
        IEnumerable<string> set = SpecProperties.Differing(spec, defaults).Where(property => SettingsTable.Of(property).Applies(spec));
        return Follow(new LaunchDraft(spec) { Touched = [.. chosen, .. set] }, choices);
    }

    /// <summary>Gives every setting that the user has not touched its default, and settles what does not go together.</summary>
    public static LaunchDraft Follow(LaunchDraft draft, LaunchChoices choices) =>
        draft with { Spec = LaunchRules.Settle(Apply(draft.Wished, draft.Touched, choices), choices) };

    /// <summary>Whether the draft's last change is one that may change defaults.</summary>
    public static bool IsChoice(LaunchDraft draft) => draft.LastSet.Intersect(Choices).Any();

    /// <summary>A sentence or two about the settings that followed a choice, with their new values; null where none did.</summary>
    /// <param name="before">As the user's own change left it.</param>
    /// <param name="after">As <see cref="Follow"/> made it.</param>
    public static string? Notice(LaunchDraft before, LaunchDraft after)
    {
        string[] changed =
        [
            .. SpecProperties.Differing(before.Spec, after.Spec)
                .Where(property => SettingsTable.Of(property).Applies(after.Spec))
                .OrderBy(property => Array.IndexOf(Foremost, property) is var place and >= 0 ? place : Foremost.Length),
        ];
        string[] followed = [.. changed.Where(property => !after.Touched.Contains(property))];
        string[] forced = [.. changed.Except(followed)];
        string[] sentences =
        [
            .. followed.Length == 0 ? [] : (string[])[$"Changed to the defaults for {Cause(before, after)}: {Values(followed, after.Spec)}."],
            .. forced.Length == 0 ? [] : (string[])[$"Changed because nothing else fits: {Values(forced, after.Spec)}."],
        ];
        return sentences.Length == 0 ? null : string.Join(' ', sentences);
    }

    /// <summary>The dataset's defaults, with the touched settings as they are wished.</summary>
    private static RunSpec Apply(RunSpec wished, IReadOnlyCollection<string> touched, LaunchChoices choices)
    {
        RunSpec defaults = RunDefaults.For(wished.Dataset);
        string model = touched.Contains(nameof(RunSpec.FromPretrained)) ? wished.FromPretrained : ModelFor(wished.Dataset, choices);
        defaults = defaults with { FromPretrained = model, Init = model == DemoModel.Name ? ModelInit.Random : ModelInit.Pretrained };
        return SpecProperties.With(defaults, touched, wished);
    }

    /// <summary>The demo's own model for the demo; for real data one of the home's with weights, or at least a tokenizer made for text.</summary>
    private static string ModelFor(string dataset, LaunchChoices choices)
    {
        ModelChoice[] others = dataset == DemoDataset.Name ? [] : [.. choices.Models.Where(m => m.FromPretrained != DemoModel.Name)];
        return (others.FirstOrDefault(m => m.HasWeights) ?? others.FirstOrDefault())?.FromPretrained ?? DemoModel.Name;
    }

    private static string Cause(LaunchDraft before, LaunchDraft after)
    {
        string[] made = [.. before.LastSet.Intersect(Choices)];
        return made.Length != 1 ? "these choices" : made[0] switch
        {
            nameof(RunSpec.LabelSource) => $"labels of the {(after.Spec.LabelSource == LabelSource.Gt ? "dataset" : "teacher")}",
            nameof(RunSpec.Method) => SettingsTable.Method.Display(after.Spec).ToLowerInvariant(),
            nameof(RunSpec.FromPretrained) => SettingsTable.FromPretrained.Display(after.Spec) is { Length: > 0 } model ? model : "another model",
            _ => after.Spec.Dataset,
        };
    }

    private static string Values(IEnumerable<string> properties, RunSpec spec) =>
        string.Join(", ", properties.Select(SettingsTable.Of).Select(setting => $"{setting.Title.ToLowerInvariant()} {InASentence(setting, spec)}"));

    /// <summary>The displayed value, without the capital that a choice has as a title.</summary>
    private static string InASentence(Setting setting, RunSpec spec) =>
        setting.Display(spec) is var shown && setting.Write(spec) is { } written && written.Equals(shown, StringComparison.OrdinalIgnoreCase) ? written : shown;
}
