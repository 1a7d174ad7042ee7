using System.CommandLine;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>
/// The hidden <c>gpu-trial</c> command: tries CUDA graphs and own kernels on a GPU in a process of its own, since a failure may end the
/// process or leave the GPU unusable for it. Training starts it once for each GPU, driver and version.
/// </summary>
internal static class GpuTrialCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(GraphSupport.TrialCommand, "Try CUDA graphs or own kernels on a GPU.") { Hidden = true };
        Option<string[]> device = Usage.Flag("--device", "DEVICE", "The GPU: cuda or cuda:n");
        Option<string[]> with = Usage.Flag("--with", "WHAT", "graphs, kernels, both, beams or attention");
        Option<bool> bf16 = Usage.Switch("--bf16", "Matrix products in bfloat16 [on a GPU that supports it]");
        Option<bool> fp32 = Usage.Switch("--fp32", "Matrix products in float32");
        Option<string[]> home = CommonFlags.Home();
        command.Add(device);
        command.Add(with);
        command.Add(bf16);
        command.Add(fp32);
        command.Add(home);
        command.SetAction(async (parsed, _) =>
        {
            var usage = new Usage(parsed);
            string name = usage.Text(device) ?? "auto";
            if (!Enum.TryParse(usage.Text(with) ?? nameof(GpuTrialKind.Graphs), ignoreCase: true, out GpuTrialKind kind)
                || !Enum.IsDefined(kind))
            {
                usage.Add($"{with.Name} is graphs, kernels, both, beams or attention.");
            }

            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            bool? precision = usage.Is(bf16) ? true : usage.Is(fp32) ? false : null;
            var measured = new List<string>();
            if (await DedicatedThread.RunAsync(() => GraphTrial.Run(name, kind, place, measured.Add, precision)) is { } reason)
            {
                await terminal.Out.WriteLineAsync($"{reason}.");
                return ExitCodes.Failed;
            }

            measured.ForEach(terminal.Out.WriteLine);
            return ExitCodes.Done;
        });
        return command;
    }
}
