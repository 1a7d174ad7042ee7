using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Settings;

public class SettingsTableTests
{
    /// <summary>All but methods, which have names, and the folder that begins with HOME.</summary>
    public static TheoryData<string> Shown { get; } =
        [.. SettingsTable.All.Select(setting => setting.Property).Except([nameof(RunSpec.Method), nameof(RunSpec.DataDir)])];

    [Theory]
    [MemberData(nameof(Shown))]
    public void Display_OfEveryValueButAMethod_IsAsItIsTypedOrInLowerCase(string property)
    {
        Setting setting = SettingsTable.All.Single(known => known.Property == property);
        IEnumerable<RunSpec> specs = setting.Choices.Select(choice => setting.Read(RunDefaults.Paper, choice.Value)!)
            .Concat([RunDefaults.Paper, RunDefaults.Demo]);

        Assert.All(specs, spec =>
        {
            string shown = setting.Display(spec);
            Assert.True(
                shown.StartsWith(setting.Write(spec) ?? "-", StringComparison.Ordinal) || !shown.Any(char.IsAsciiLetterUpper), shown);
        });
    }
}
