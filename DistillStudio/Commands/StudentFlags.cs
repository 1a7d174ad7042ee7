using System.CommandLine;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Commands;

/// <summary>The flags that select a trained model and its options; shared by <c>evaluate</c> and <c>predict</c>.</summary>
internal sealed class StudentFlags
{
    private const int MostBeams = 64;

    private readonly Option<string[]> _model = Usage.Flag("--model", "DIR", "The trained model's folder");
    private readonly Option<string[]> _modelType = Usage.Flag(
        "--model_type", "METHOD", $"Method it was trained with: {MethodNames.Listed} [as the folder says, else standard]");
    private readonly Option<string[]> _maxInputLength = Usage.Flag(
        "--max_input_length", "N", "Maximum tokens per input; the rest is cut off [as trained, else 1024]");
    private readonly Option<string[]> _genMaxLen = Usage.Flag(
        "--gen_max_len", "N", "Maximum tokens generated per answer [as trained, else 64]");
    private readonly Option<string[]> _beams = Usage.Flag("--beams", "N", "Beams of the beam search [1: greedy]");
    private readonly Option<bool> _bf16 = Usage.Switch(
        "--bf16", "Matrix products in bfloat16 [as trained, else on a GPU that supports it]");
    private readonly Option<bool> _fp32 = Usage.Switch("--fp32", "Matrix products in float32 [as trained, else on the CPU]");
    private readonly Option<string[]> _device = Usage.Flag("--device", "DEVICE", "auto, cpu, cuda or cuda:n [auto]");
    private readonly Option<string[]> _threads = Usage.Flag("--threads", "N", "CPU threads [one per core]");

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _model, _modelType, _maxInputLength, _genMaxLen, _beams, _bf16, _fp32, _device, _threads })
        {
            command.Add(option);
        }
    }

    /// <summary>Returns the folder as given and the options; call <see cref="Usage.Demand"/> afterwards.</summary>
    public (string Model, StudentOptions Options) Read(Usage usage)
    {
        string model = usage.Expand(usage.Required(_model, "name a trained model's folder"));
        string device = usage.Text(_device)?.ToLowerInvariant() ?? "auto";
        if (!Devices.IsName(device))
        {
            usage.Add($"--device {device} is not a device; use auto, cpu, cuda or cuda:n.");
        }

        if (usage.Is(_bf16) && usage.Is(_fp32))
        {
            usage.Add("--bf16 and --fp32 exclude each other; give one of them.");
        }

        string? method = usage.Text(_modelType);
        if (method is not null && !MethodNames.All.Contains(method.ToLowerInvariant()))
        {
            usage.Add($"--model_type {method} is unknown; use {MethodNames.Listed}.");
        }

        return (model, new StudentOptions(
            device,
            usage.Whole(_threads, 1, SettingLimits.MostThreads),
            usage.Is(_bf16) ? true : usage.Is(_fp32) ? false : null,
            method?.ToLowerInvariant(),
            usage.Whole(_maxInputLength, 2, SettingLimits.LongestInput),
            usage.Whole(_genMaxLen, 1, SettingLimits.LongestAnswer),
            usage.Whole(_beams, 1, MostBeams) ?? 1));
    }
}
