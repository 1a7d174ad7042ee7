using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Engine.Studies;

/// <summary>One combination of a study's values.</summary>
/// <param name="Index">Position in the grid, from 0.</param>
/// <param name="Spec">Its settings, with the seed and the name of the base.</param>
/// <param name="Values">Its values, one an axis; null where the setting has no effect on this cell.</param>
/// <param name="Key">See <see cref="RunKey"/>; computed without the seed.</param>
public sealed record StudyCell(int Index, RunSpec Spec, IReadOnlyList<StudyValue?> Values, string Key)
{
    /// <summary>Display text: <c>Step-by-step, 25 % of the data</c>.</summary>
    public string Title => TitleOf(Values.OfType<StudyValue>().Select(value => value.Setting));

    /// <summary>Returns the display text of some of the cell's settings.</summary>
    public string TitleOf(IEnumerable<Setting> settings)
    {
        string title = string.Join(", ", settings.Where(setting => setting.Applies(Spec)).Select(Word));
        return title.Length > 0 ? title : Word(SettingsTable.Method);
    }

    private string Word(Setting setting) => SettingPhrase.Of(setting, setting.Display(Spec));
}

/// <summary>A run that a study needs.</summary>
/// <param name="Spec">Settings, with seed and name.</param>
/// <param name="Key">See <see cref="RunKey"/>.</param>
public sealed record PlannedRun(StudyCell Cell, int Seed, RunSpec Spec, string Key);
