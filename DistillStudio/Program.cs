using DistillStudio.Commands;
using DistillStudio.Engine.Runtime.Files;

// Two descriptors per library: about 300 for the studio before the first browser connects, 90 for a command.
// Checked before anything else is loaded.
const ulong FilesOfStudio = 512;
const ulong FilesOfCommand = 128;

bool isStudio = args is not ["--help" or "--version"]
    && (args.Length == 0 || args[0] == "serve" || args[0].StartsWith("--", StringComparison.Ordinal));
if ((OpenFileLimit.WhyTooLow(isStudio ? FilesOfStudio : FilesOfCommand)
    ?? (isStudio ? TemporaryFolder.WhyUnusable() : null)) is { } problem)
{
    Console.Error.WriteLine(problem);
    return ExitCodes.Failed;
}

PrivateFiles.Begin();
return await CommandLine.RunAsync(args, Terminal.Own());
