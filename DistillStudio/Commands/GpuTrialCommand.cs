using System.CommandLine;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>
/// The hidden <c>gpu-trial</c> command: tries CUDA graphs, or own kernels, on a GPU in a process of its own, since a failure may end the
/// process. Training starts it once for each GPU, driver and version.
/// </summary>
internal static class GpuTrialCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(GraphSupport.TrialCommand, "Try CUDA graphs on a GPU.") { Hidden = true };
        Option<string[]> device = Usage.Flag("--device", "DEVICE", "The GPU: cuda or cuda:n");
        command.Add(device);
        var kernels = new Option<bool>(GraphSupport.KernelsFlag) { Description = "Try own kernels instead" };
        command.Add(kernels);
        command.SetAction(async (parsed, _) =>
        {
            var usage = new Usage(parsed);
            string name = usage.Text(device) ?? "auto";
            usage.Demand();
            string? Try() => parsed.GetValue(kernels) ? KernelSupport.Try(name) : GraphTrial.Run(name);
            if (await DedicatedThread.RunAsync(Try) is { } reason)
            {
                await terminal.Out.WriteLineAsync($"{reason}.");
                return ExitCodes.Failed;
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
