using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>Reads what the runs of a study start from, so that a mistake is named before the first run and not by each of them.</summary>
public static class StudyInputs
{
    /// <exception cref="InputException">A model or a dataset cannot be used; the exception lists every problem.</exception>
    public static void Require(StudyGrid grid, StudioHome home)
    {
        RunSpec[] specs = [.. grid.Cells.Select(cell => cell.Spec)];
        string[] problems =
        [
            .. specs.DistinctBy(spec => (spec.FromPretrained, spec.Init)).Select(spec => Problem(() => RequireModel(spec, home)))
                .OfType<string>(),
            .. specs.GroupBy(spec => (spec.Dataset, spec.DataDir)).SelectMany(same => DataProblems(same, home)),
        ];
        if (problems.Length > 0)
        {
            throw new InputException([.. problems.Distinct()]);
        }
    }

    private static void RequireModel(RunSpec spec, StudioHome home)
    {
        string folder = ModelLocator.Find(spec.FromPretrained, home);
        FolderContent content = HuggingFaceFolder.Inspect(folder);
        if (content.Config is null || (spec.Init == ModelInit.Pretrained && content.Problem is not null))
        {
            throw new InputException(content.Problem ?? $"{folder} holds no model's configuration; name a model's folder.");
        }

        if (spec.Init == ModelInit.Pretrained && content.WeightsFile is null)
        {
            throw new InputException($"{folder} holds no weights, only config and tokenizer; put weights there, "
                + $"or choose random first weights with {SettingsTable.Init.Flag} random.");
        }
    }

    private static IEnumerable<string> DataProblems(IEnumerable<RunSpec> specs, StudioHome home)
    {
        RunSpec[] same = [
            .. specs.DistinctBy(
                spec => (
                    spec.LabelSource, TeacherOf(spec), TeacherOf(spec) is null ? null : spec.Method, spec.Subsample, spec.KeepBlankLabels,
                    spec.LeaveOutRejected))
        ];
        Dataset? dataset = null;
        string? unreadable = Problem(() => dataset = DatasetReader.Load(same[0].Dataset, same[0].DataDir ?? home.Datasets));
        return unreadable is not null
            ? [unreadable]
            : same.Select(
                spec => Problem(() => TrainingData.Select(dataset!, spec.NeedsTeacher ? spec.Selection : spec.Selection.WithoutTeacher())))
                .OfType<string>();
    }

    private static string? TeacherOf(RunSpec spec) => spec.NeedsTeacher ? spec.Teacher : null;

    private static string? Problem(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }
}
