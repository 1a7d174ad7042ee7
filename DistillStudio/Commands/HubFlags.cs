using System.CommandLine;
using DistillStudio.Configuration;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Commands;

/// <summary>The flag that names a model hub.</summary>
internal static class HubFlags
{
    public const string HubHelp = $"Address of the model hub [${HubAddress.Variable}, else {HubAddress.Usual}]";

    public static Option<string[]> Hub() => Usage.Flag(
        StudioSettings.Flags[StudioSettings.HubUrl],
        "URL",
        $"Address of the hub [the setting {StudioSettings.HubUrl}, else ${HubAddress.Variable}, else {HubAddress.Usual}]");

    /// <summary>Returns the hub of a command: from the flag, else from the settings.</summary>
    /// <exception cref="Engine.Runtime.InputException">The address or the settings cannot be used.</exception>
    public static HubAddress Read(string? given, StudioHome home) =>
        given is null
            ? HubAddress.Read(StudioConfiguration.Read(home).HubUrl)
            : HubAddress.Read(given, StudioSettings.Flags[StudioSettings.HubUrl]);
}
