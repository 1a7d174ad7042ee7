using System.CommandLine;

namespace DistillStudio.Commands;

/// <summary>Flags shared by several commands.</summary>
internal static class CommonFlags
{
    public static Option<string[]> Home() =>
        Usage.Flag("--home", "DIR", "Folder of runs, datasets and models [$DISTILLSTUDIO_HOME, else ~/.distillstudio]");

    public static Option<string[]> DataDir() => Usage.Flag("--data-dir", "DIR", "Folder of the datasets [HOME/datasets]");

    public static Option<string[]> On() => Usage.Flag(
        "--on", "PROFILE", "Hand it to the Slurm cluster with this profile, see `cluster`, instead of training here");

    public static Option<bool> Json(string help = "Print the result as JSON") => Usage.Switch("--json", help);
}
