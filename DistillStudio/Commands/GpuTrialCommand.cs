using System.CommandLine;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>
/// The hidden <c>gpu-trial</c> command: tries CUDA graphs on a GPU in a process of its own, since a failure may end the process. Training
/// starts it once for each GPU, driver and version.
/// </summary>
internal static class GpuTrialCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(GraphSupport.TrialCommand, "Try CUDA graphs on a GPU.") { Hidden = true };
        Option<string[]> device = Usage.Flag("--device", "DEVICE", "The GPU: cuda or cuda:n");
        command.Add(device);
        command.SetAction(async (parsed, _) =>
        {
            var usage = new Usage(parsed);
            string name = usage.Text(device) ?? "auto";
            usage.Demand();
            if (await DedicatedThread.RunAsync(() => GraphTrial.Run(name)) is { } reason)
            {
                await terminal.Out.WriteLineAsync($"{reason}.");
                return ExitCodes.Failed;
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
