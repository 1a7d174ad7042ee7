using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>The cells and runs of a study. A setting that has no effect on a method does not multiply its cells.</summary>
public sealed class StudyGrid
{
    private readonly Study _study;
    private readonly StudioHome _home;
    private readonly Dictionary<string, StudyCell> _byKey;

    private StudyGrid(Study study, StudioHome home, IReadOnlyList<StudyCell> cells)
    {
        (_study, _home, Cells) = (study, home, cells);
        _byKey = cells.ToDictionary(cell => cell.Key);
        Runs =
        [
            .. from seed in study.PlannedSeeds
               from cell in cells
               let spec = cell.Spec with { Seed = seed, Name = NameOf(study, cell, seed) }
               select new PlannedRun(cell, seed, spec, RunKey.Of(spec, home)),
        ];
    }

    /// <summary>The combinations, in the order of the axes, each once.</summary>
    public IReadOnlyList<StudyCell> Cells { get; }

    /// <summary>The runs in the order in which they are run: all cells of the first seed, then all of the second.</summary>
    public IReadOnlyList<PlannedRun> Runs { get; }

    /// <param name="study">A study.</param>
    /// <param name="home">Resolves the default data folder.</param>
    /// <exception cref="InputException">A rule of <see cref="StudyRules"/> is violated; the exception lists every problem.</exception>
    public static StudyGrid Of(Study study, StudioHome home)
    {
        IReadOnlyList<string> problems = StudyRules.Check(study);
        return problems.Count > 0 ? throw new InputException(problems) : new StudyGrid(study, home, Expand(study, home));
    }

    /// <summary>
    /// Returns the cell that a cell is compared with: the same values but for those of the baseline. Null for the baseline itself, and
    /// if no such cell exists.
    /// </summary>
    public StudyCell? BaselineOf(StudyCell cell)
    {
        if (_study.Comparison is not { } comparison)
        {
            return null;
        }

        RunSpec spec = Complete(
            _study, comparison.Baseline.Aggregate(cell.Spec, (changed, value) => value.Setting.Read(changed, value.Text)!));
        return _byKey.TryGetValue(RunKey.OfAllSeeds(spec, _home), out StudyCell? baseline) && baseline != cell ? baseline : null;
    }

    /// <summary>Returns every combination with its settings, also those that are invalid or equal to another.</summary>
    internal static IEnumerable<RunSpec> Combinations(Study study) => study.Axes
        .Aggregate<StudyAxis, IEnumerable<RunSpec>>(
            [study.Base],
            (specs, axis) => specs.SelectMany(_ => axis.Values, (spec, value) => axis.Setting.Read(spec, value) ?? spec))
        .Select(spec => Complete(study, spec));

    private static List<StudyCell> Expand(Study study, StudioHome home)
    {
        var cells = new List<StudyCell>();
        foreach (IGrouping<string, RunSpec> same in Combinations(study).GroupBy(spec => RunKey.OfAllSeeds(spec, home)))
        {
            RunSpec spec = same.First();
            cells.Add(new StudyCell(
                cells.Count,
                spec,
                [.. study.Axes.Select(axis => axis.Setting.Applies(spec) ? new StudyValue(axis.Setting, axis.Setting.Write(spec)!) : null)],
                same.Key));
        }

        return cells;
    }

    /// <summary>
    /// Fills in what follows from the varied settings, as the command line does: the usual teacher, and a model's first weights.
    /// </summary>
    private static RunSpec Complete(Study study, RunSpec spec)
    {
        bool Varies(Setting setting) => study.Axes.Any(axis => axis.Setting == setting);

        if (spec.Teacher is null && !Varies(SettingsTable.Teacher))
        {
            spec = spec with { Teacher = RunDefaults.TeacherFor(spec) };
        }

        return Varies(SettingsTable.FromPretrained) && !Varies(SettingsTable.Init) && study.Base.Init == RunDefaults.InitFor(study.Base)
            ? spec with { Init = RunDefaults.InitFor(spec) }
            : spec;
    }

    private static string NameOf(Study study, StudyCell cell, int seed) =>
        SettingLimits.CutName($"{study.Name}: {cell.Title}, seed {seed}");
}
