using System.Text.Json;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// All that a run goes on from besides its tensors. Batches and dropout are functions of seed and step, so the step is their whole state.
/// </summary>
/// <param name="Step">Steps done.</param>
/// <param name="LastNumber">The last event recorded before.</param>
/// <param name="ValidatedStep">The last step that was validated; 0 for none.</param>
/// <param name="Best">Best so far; null for none.</param>
/// <param name="Seconds">Trained so far, without pauses.</param>
/// <param name="OptimizerSteps">See <see cref="IOptimizer.Steps"/>.</param>
/// <param name="TrainRows">Rows the batches are drawn from.</param>
/// <param name="Spec">The run's settings.</param>
/// <param name="Collapse">What is remembered of the looks so far.</param>
public sealed record RunCheckpoint(int Step, long LastNumber, int ValidatedStep, BestWeights? Best, double Seconds, int OptimizerSteps, int TrainRows, RunSpec Spec, CollapseState Collapse)
{
    private const string NoteName = "checkpoint";
    private const string ModelPrefix = "model.";

    /// <summary>Writes the session's weights and optimiser state with this record as a safetensors file that carries its own checksum.</summary>
    internal void Write(string path, TrainingSession session)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.WriteSealed(
            path,
            [.. Tensors(session)],
            new Dictionary<string, string> { ["format"] = "pt", [NoteName] = JsonSerializer.Serialize(this, EngineJson.Events) });
    }

    /// <summary>The record of a file, without its tensors and without a look at its checksum; null where it is none.</summary>
    internal static RunCheckpoint? TryRead(string path)
    {
        try
        {
            using var file = new SafetensorsFile(path);
            return Read(file);
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            return null;
        }
    }

    /// <summary>Puts the file's weights and optimiser state into the session.</summary>
    /// <exception cref="InputException">The session is not of the run that wrote the file; the sentence says what differs.</exception>
    internal static RunCheckpoint Restore(string path, TrainingSession session)
    {
        using var file = new SafetensorsFile(path);
        RunCheckpoint checkpoint = Read(file) ?? throw new InputException($"{path} is no checkpoint of a run; name the folder of a run under runs/.");
        checkpoint.Require(session, path);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor tensor) in Tensors(session))
        {
            if (!file.Weights.TryGetValue(name, out WeightInfo? info) || !info.Shape.SequenceEqual(tensor.shape))
            {
                throw new InputException($"{path} does not fit the model: {name} should have the shape {FileText.Shape(tensor.shape)}; give the model that the run began with as {SettingsTable.FromPretrained.Flag}.");
            }

            using DisposeScope one = NewDisposeScope();
            tensor.copy_(file.Read(name));
        }

        session.Optimizer.Steps = checkpoint.OptimizerSteps;
        return checkpoint;
    }

    /// <exception cref="InputException">It has a note that is not a run's.</exception>
    private static RunCheckpoint? Read(SafetensorsFile file)
    {
        try
        {
            return file.Metadata.TryGetValue(NoteName, out string? note) ? JsonSerializer.Deserialize<RunCheckpoint>(note, EngineJson.Events) : null;
        }
        catch (JsonException e)
        {
            throw new InputException($"{file.Path} is no checkpoint of a run: its note cannot be read; name the folder of a run under runs/.", e);
        }
    }

    /// <summary>Live, by name: the weights, then the optimiser's state.</summary>
    private static IEnumerable<(string Name, Tensor Tensor)> Tensors(TrainingSession session)
    {
        (string Name, Parameter Parameter)[] weights = [.. session.Model.named_parameters()];
        return weights.Select(weight => (ModelPrefix + weight.Name, weight.Parameter.detach()))
            .Concat(session.Optimizer.State().Select(part => ($"{part.Name}.{weights[part.Parameter].Name}", part.Value)));
    }

    private void Require(TrainingSession session, string path)
    {
        if (session.Data.Train.Count != TrainRows)
        {
            throw new InputException($"{path} was written with {TrainRows} training rows and there are {session.Data.Train.Count} now; put the dataset back as it was, or start a new run.");
        }

        if (!IsSameRun(session.Spec, Spec))
        {
            throw new InputException($"{path} was written with other settings than {RunFolder.SpecName} beside it has now; put that file back as it was, or start a new run.");
        }
    }

    /// <summary>True if the settings that may not change between a run's beginning and its end are the same.</summary>
    private static bool IsSameRun(RunSpec now, RunSpec then) =>
        SettingsTable.All.Where(setting => !setting.MayDifferOnResume && (setting.Applies(now) || setting.Applies(then))).All(setting => setting.Write(now) == setting.Write(then));
}
