using System.Text.Json;
using System.Text.Json.Serialization;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Engine.Runs;

/// <summary>
/// The state needed to resume a run, apart from its tensors. Batches and dropout are functions of seed and step, so the step is their
/// entire state.
/// </summary>
/// <param name="Step">Number of completed steps.</param>
/// <param name="LastNumber">Number of the last event recorded before the checkpoint.</param>
/// <param name="ValidatedStep">The last step that was validated; 0 for none.</param>
/// <param name="Best">The best weights so far; null for none.</param>
/// <param name="Seconds">Training time so far, without pauses.</param>
/// <param name="OptimizerSteps">See <see cref="IOptimizer.Steps"/>.</param>
/// <param name="TrainRows">Number of rows from which batches are drawn.</param>
/// <param name="Spec">The run's settings.</param>
/// <param name="Collapse">State of the collapse detector.</param>
/// <param name="SinceBest">Evaluations since that of the best weights.</param>
/// <param name="Branch">Where the run branched from another; null for a run that started from a model.</param>
public sealed record RunCheckpoint(
    int Step, long LastNumber, int ValidatedStep, BestWeights? Best, double Seconds, int OptimizerSteps, int TrainRows, RunSpec Spec,
    CollapseState Collapse,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int SinceBest = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] BranchPoint? Branch = null)
{
    private const string NoteName = "checkpoint";
    private const string ModelPrefix = "model.";

    /// <summary>
    /// Writes the run's weights and optimiser state together with this record as a safetensors file that includes its own checksum.
    /// </summary>
    internal void Write(string path, ITrainingState state)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.WriteSealed(
            path,
            [.. Tensors(state)],
            Metadata());
    }

    /// <summary>Writes a copy of another run's checkpoint with this record in place of its own; the tensors stay the same.</summary>
    /// <exception cref="IOException">The copy cannot be written, or the source cannot be read to its end.</exception>
    internal void WriteCopy(string path, SafetensorsFile source) =>
        SafetensorsWriter.CopySealed(path, source, Metadata());

    /// <summary>Returns the digest of the run's weights and optimiser state: everything that its next step depends on.</summary>
    internal static string StateDigest(ITrainingState state)
    {
        using DisposeScope scope = NewDisposeScope();
        return ModelDigest.Of(Tensors(state));
    }

    /// <summary>
    /// Reads the record of a file, without its tensors and without verifying its checksum; returns null if the file is not a checkpoint.
    /// </summary>
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

    /// <summary>Restores the weights and the optimiser state of the file.</summary>
    /// <exception cref="InputException">The state does not belong to the run that wrote the file; the message states the
    /// difference.</exception>
    internal static RunCheckpoint Restore(string path, ITrainingState state)
    {
        using var file = new SafetensorsFile(path);
        RunCheckpoint checkpoint = Read(file)
            ?? throw new InputException($"{path} is not a run's checkpoint; name the folder of a run under runs/.");
        checkpoint.Require(state, path);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor tensor) in Tensors(state))
        {
            if (!file.Weights.TryGetValue(name, out WeightInfo? info) || !info.Shape.SequenceEqual(tensor.shape))
            {
                throw new InputException($"{path} does not fit the model: {name} should have the shape {FileText.Shape(tensor.shape)}; "
                    + $"name the model that the run started from with {SettingsTable.FromPretrained.Flag}.");
            }

            using DisposeScope one = NewDisposeScope();
            tensor.copy_(file.Read(name));
        }

        state.Optimizer.Steps = checkpoint.OptimizerSteps;
        return checkpoint;
    }

    private Dictionary<string, string> Metadata() =>
        new() { ["format"] = "pt", [NoteName] = JsonSerializer.Serialize(this, EngineJson.Events) };

    /// <summary>Reads the record of a file; returns null if it has none.</summary>
    /// <exception cref="InputException">The file's metadata is not that of a run.</exception>
    internal static RunCheckpoint? Read(SafetensorsFile file)
    {
        try
        {
            return file.Metadata.TryGetValue(NoteName, out string? note)
                ? JsonSerializer.Deserialize<RunCheckpoint>(note, EngineJson.Events)
                : null;
        }
        catch (JsonException e)
        {
            throw new InputException($"{file.Path} is not a run's checkpoint: its metadata cannot be read; name the folder of a run under "
                + $"runs/.", e);
        }
    }

    /// <summary>Enumerates the live tensors by name: the weights, then the optimiser's state.</summary>
    private static IEnumerable<(string Name, Tensor Tensor)> Tensors(ITrainingState state)
    {
        (string Name, Parameter Parameter)[] weights = [.. state.Model.named_parameters()];
        return weights.Select(weight => (ModelPrefix + weight.Name, weight.Parameter.detach()))
            .Concat(state.Optimizer.State().Select(part => ($"{part.Name}.{weights[part.Parameter].Name}", part.Value)));
    }

    private void Require(ITrainingState state, string path)
    {
        // a branch may start with other rows than the run that it continues
        if (state.TrainRows != TrainRows && Branch?.Step != Step)
        {
            throw new InputException($"{path} was written with {TrainRows} training rows, but there are {state.TrainRows} now; "
                + $"restore the dataset, or start a new run.");
        }

        if (Differing(state.Spec, Spec).Any())
        {
            throw new InputException($"{path} was written with settings other than those in {RunFolder.SpecName} next to it; "
                + $"restore that file, or start a new run.");
        }
    }

    /// <summary>Returns the settings that differ although they must not change during a run.</summary>
    internal static IEnumerable<Setting> Differing(RunSpec now, RunSpec then) =>
        SettingsTable.All.Where(setting =>
            !setting.MayDifferOnResume && (setting.Applies(now) || setting.Applies(then)) && setting.Write(now) != setting.Write(then));
}
