using System.CommandLine;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Commands;

/// <summary>The command-line options of a set of settings.</summary>
internal sealed class SettingOptions
{
    private readonly Dictionary<SettingFlag, Option> _options = [];

    public SettingOptions(IEnumerable<Setting> settings)
    {
        foreach (Setting setting in settings)
        {
            foreach (SettingFlag flag in setting.Flags)
            {
                _options.Add(flag, Declare(setting, flag));
            }
        }
    }

    public IEnumerable<Option> Options => _options.Values;

    /// <summary>
    /// Returns the text given to a flag, or the value that a switch stands for; null if the flag is absent or not one of these options.
    /// </summary>
    public string? ValueOf(Usage usage, SettingFlag flag) => !_options.TryGetValue(flag, out Option? option) ? null : option switch
    {
        Option<bool> given => usage.Is(given) ? flag.Switch : null,
        _ => usage.TextOrEmpty((Option<string[]>)option),
    };

    private static Option Declare(Setting setting, SettingFlag flag)
    {
        if (flag.Switch is not null)
        {
            return Usage.Switch(flag.Name, flag.Help);
        }

        string choices = setting.Choices.Count > 0 && !flag.Help.Contains(setting.Choices[0].Value, StringComparison.Ordinal)
            ? $": {string.Join(", ", setting.Choices.Select(choice => choice.Value))}"
            : "";
        return Usage.Flag(
            flag.Name, setting.ValueName, $"{flag.Help}{choices}{(SettingsTable.DefaultOf(setting) is { } value ? $" [{value}]" : "")}");
    }
}
