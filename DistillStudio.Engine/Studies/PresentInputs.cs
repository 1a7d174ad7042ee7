using System.Collections.Concurrent;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verdicts;

namespace DistillStudio.Engine.Studies;

/// <summary>
/// Compares what runs began from with the datasets and models that the home holds now: under the same name there may be others. Files
/// are digested when a run asks about them, and again only if they change. Thread-safe.
/// </summary>
internal sealed class PresentInputs(StudioHome home)
{
    private readonly ConcurrentDictionary<(string Kind, string Name), (string Stamp, RunFingerprints? Prints)> _known = [];

    /// <summary>
    /// Returns true if the run began from the same data and the same model as a new run would. What was not recorded, or cannot be read
    /// now, counts as the same.
    /// </summary>
    public bool AreOf(ComparedRun run)
    {
        if (run.Environment is not { Fingerprints: { } recorded } started)
        {
            return true;
        }

        RunFingerprints? data = recorded.Dataset is null ? null : Data(run.Spec);
        RunFingerprints? model = recorded.Config is null ? null : Model(run.Spec);
        var present = new RunFingerprints(
            data?.Dataset, data?.Teacher, Config: model?.Config, Weights: model?.Weights, Tokenizer: model?.Tokenizer);
        ComparedRun anew = run with { Environment = started with { Fingerprints = present } };
        return (data is null || RunData.IsSameData(run, anew)) && (model is null || RunData.IsSameModel(run, anew));
    }

    private RunFingerprints? Data(RunSpec spec)
    {
        string folder = spec.DataDir ?? home.Datasets;
        IReadOnlyList<string> teachers = spec.NeedsTeacher ? spec.TeachersIn(folder) : [];
        return Look(
            ("data", string.Join('\n', [folder, spec.Dataset, spec.Method, $"{spec.Rationales}", .. teachers])),
            () => DatasetLayout.FilesKey(folder, spec.Dataset, teachers),
            () =>
            {
                Dataset dataset = DatasetReader.Load(spec.Dataset, folder, teachers);
                IReadOnlyList<string> used = TrainingData.TeachersOf(dataset.RequireSplit(Dataset.Train), spec.Selection);
                return new(DatasetDigests.OfFiles(dataset), DatasetDigests.OfRun(dataset, spec.NeedsTeacher ? used : []));
            });
    }

    private RunFingerprints? Model(RunSpec spec)
    {
        bool isRandom = spec.Init == ModelInit.Random;
        return Look(($"{spec.Init}", spec.FromPretrained), () => StampOf(ModelLocator.Find(spec.FromPretrained, home)), () =>
        {
            LibTorch.Load();
            string folder = ModelLocator.Find(spec.FromPretrained, home);
            string tokenizer = ModelDigest.OfTokenizer(HuggingFaceFolder.LoadTokenizer(folder));
            if (isRandom)
            {
                var config = HuggingFaceFolder.Inspect(folder).Config ?? HuggingFaceFolder.ReadConfig(folder);
                return new(Config: ModelDigest.OfConfig(config), Tokenizer: tokenizer);
            }

            using var model = HuggingFaceFolder.Load(folder);
            return new(Config: ModelDigest.OfConfig(model.Config), Weights: ModelDigest.OfWeights(model), Tokenizer: tokenizer);
        });
    }

    /// <summary>Returns null if the files cannot be read: a run that needs them says so itself.</summary>
    private RunFingerprints? Look((string Kind, string Name) of, Func<string?> stampNow, Func<RunFingerprints> read)
    {
        try
        {
            if (stampNow() is not { } stamp)
            {
                return null;
            }

            if (!_known.TryGetValue(of, out (string Stamp, RunFingerprints? Prints) known) || known.Stamp != stamp)
            {
                known = (stamp, Try(read));
                _known[of] = known;
            }

            return known.Prints;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return null;
        }
    }

    private static RunFingerprints? Try(Func<RunFingerprints> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return null;
        }
    }

    private static bool IsUnreadable(Exception e) =>
        e is StudioException or IOException or UnauthorizedAccessException or ArgumentException;

    private static string StampOf(string folder) => string.Join('\n', new DirectoryInfo(folder).EnumerateFiles()
        .OrderBy(file => file.Name, StringComparer.Ordinal)
        .Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
}
