using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data.Demo;

/// <summary>
/// Generates arithmetic word problems: each has a number that the question does not need, an equation in SVAMP's form as its label, and a
/// teacher's rationale that says which numbers are used and why the operation follows. One in five of the teacher's answers is wrong, in
/// both label and rationale. The dataset is the same on every machine and in every version of .NET.
/// </summary>
public static class DemoDataset
{
    public const string Name = "demo";

    /// <summary>Name of the only teacher.</summary>
    public const string Teacher = "demo";

    private const ulong Seed = 2023;

    /// <summary>One in this many of the teacher's answers is wrong.</summary>
    private const int RowsPerMistake = 5;

    private static readonly (string Name, int Rows)[] SplitSizes = [(Dataset.Train, 2000), (Dataset.Valid, 200), (Dataset.Test, 500)];

    /// <summary>Creates all three splits; inputs are unique.</summary>
    public static Dataset Create()
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return new(
            Name, TaskKind.Equation, SplitSizes.Select((s, i) => CreateSplit(s.Name, s.Rows, (ulong)i, taken)).ToDictionary(s => s.Name));
    }

    private static Split CreateSplit(string name, int rows, ulong stream, HashSet<string> taken)
    {
        var random = new SeededRandom(SeededRandom.Derive(Seed, stream));
        DemoProblem[] problems = [.. Enumerable.Range(0, rows).Select(_ => DrawNew(random, taken))];
        int[] order = random.Permutation(rows);
        TeacherAnswer[] answers =
            [.. problems.Select((p, i) => order[i] % RowsPerMistake == 0 ? DemoTeacher.Mistake(p, random) : DemoTeacher.Explain(p))];
        return new(
            name,
            [.. problems.Select(p => new Row(p.Text, p.Equation.ToString()))],
            new Dictionary<string, IReadOnlyList<TeacherAnswer>> { [Teacher] = answers });
    }

    private static DemoProblem DrawNew(SeededRandom random, HashSet<string> taken)
    {
        while (true)
        {
            DemoProblem problem = DemoProblem.Draw(random);
            if (taken.Add(problem.Text))
            {
                return problem;
            }
        }
    }
}
