using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Settings;
using DistillStudio.Jobs;

namespace DistillStudio.Components.Pages.Launch;

/// <summary>Defaults of the settings that the user has not set. They depend on the chosen dataset, model, method and labels.</summary>
internal static class LaunchDefaults
{
    /// <summary>The settings that the defaults of others depend on.</summary>
    private static readonly string[] Choices =
        [nameof(RunSpec.Dataset), nameof(RunSpec.FromPretrained), nameof(RunSpec.Method), nameof(RunSpec.LabelSource)];

    /// <summary>The settings listed first in a notice.</summary>
    private static readonly string[] Foremost =
        [nameof(RunSpec.LearningRate), nameof(RunSpec.MaxSteps), nameof(RunSpec.BatchSize), nameof(RunSpec.EvalSteps)];

    /// <summary>
    /// Creates a draft from the settings of an earlier run or a file. Settings that differ from the defaults count as set by the user; the
    /// others follow later choices.
    /// </summary>
    public static LaunchDraft Adopt(RunSpec spec, LaunchChoices choices)
    {
        string[] chosen = [nameof(RunSpec.Dataset), .. SpecProperties.Differing(spec, Apply(spec, [], choices)).Intersect(Choices)];
        RunSpec defaults = LaunchRules.Settle(Apply(spec, chosen, choices), choices);
        IEnumerable<string> set = SpecProperties.Differing(spec, defaults).Where(property => SettingsTable.Of(property).Applies(spec));
        return Follow(new LaunchDraft(spec) { Touched = [.. chosen, .. set] }, choices);
    }

    /// <summary>Assigns defaults to all settings that the user has not set, and resolves incompatible settings.</summary>
    public static LaunchDraft Follow(LaunchDraft draft, LaunchChoices choices) => draft.Parent is not null
        ? draft with { Spec = LaunchRules.Settle(draft.Requested, choices) with { Init = draft.Requested.Init } } // the rest is inherited
        : draft with { Spec = LaunchRules.Settle(Apply(draft.Requested, draft.Touched, choices), choices) };

    /// <summary>Returns whether the last change of the draft may change defaults.</summary>
    public static bool IsChoice(LaunchDraft draft) => draft.LastSet.Intersect(Choices).Any();

    /// <summary>Describes in one or two sentences the settings changed by a choice, with their new values; null if none changed.</summary>
    /// <param name="before">The draft directly after the user's change.</param>
    /// <param name="after">The draft returned by <see cref="Follow"/>.</param>
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
            .. followed.Length == 0
                ? []
                : (string[])[$"Changed to the defaults for {Cause(before, after)}: {Values(followed, after.Spec)}."],
            .. forced.Length == 0 ? [] : (string[])[$"Changed because nothing else fits: {Values(forced, after.Spec)}."],
        ];
        return sentences.Length == 0 ? null : string.Join(' ', sentences);
    }

    /// <summary>Returns the dataset's defaults, with the touched settings replaced by the requested values.</summary>
    private static RunSpec Apply(RunSpec requested, IReadOnlyCollection<string> touched, LaunchChoices choices)
    {
        RunSpec defaults = RunDefaults.For(requested.Dataset);
        string model = touched.Contains(nameof(RunSpec.FromPretrained)) ? requested.FromPretrained : ModelFor(requested.Dataset, choices);
        defaults = defaults with { FromPretrained = model, Init = model == DemoModel.Name ? ModelInit.Random : ModelInit.Pretrained };
        return SpecProperties.With(defaults, touched, requested);
    }

    /// <summary>
    /// Returns the demo model for the demo dataset. For other data, returns the first other model with usable weights, or else the first
    /// usable one (at least a tokenizer made for text), or else the first other one, whose problem is then shown, or else the demo model.
    /// </summary>
    private static string ModelFor(string dataset, LaunchChoices choices)
    {
        ModelChoice[] others = dataset == DemoDataset.Name ? [] : [.. choices.Models.Where(m => m.FromPretrained != DemoModel.Name)];
        ModelChoice? best = others.OrderBy(m => m.Problem is not null).ThenBy(m => !m.HasWeights).FirstOrDefault();
        return best?.FromPretrained ?? DemoModel.Name;
    }

    private static string Cause(LaunchDraft before, LaunchDraft after)
    {
        string[] made = [.. before.LastSet.Intersect(Choices)];
        return made.Length != 1 ? "these choices" : made[0] switch
        {
            nameof(RunSpec.LabelSource) => $"labels of the {(after.Spec.LabelSource == LabelSource.Gt ? "dataset" : "teacher")}",
            nameof(RunSpec.Method) => SettingsTable.Method.Display(after.Spec).ToLowerInvariant(),
            nameof(RunSpec.FromPretrained) =>
                SettingsTable.FromPretrained.Display(after.Spec) is { Length: > 0 } model ? model : "another model",
            _ => after.Spec.Dataset,
        };
    }

    private static string Values(IEnumerable<string> properties, RunSpec spec) =>
        string.Join(", ", properties.Select(SettingsTable.Of).Select(setting => $"{setting.Title.ToLowerInvariant()} "
            + $"{InASentence(setting, spec)}"));

    /// <summary>The displayed value, without the capital that a choice has as a title.</summary>
    private static string InASentence(Setting setting, RunSpec spec) =>
        setting.Display(spec) is var shown && setting.Write(spec) is { } written
            && written.Equals(shown, StringComparison.OrdinalIgnoreCase)
            ? written
            : shown;
}
