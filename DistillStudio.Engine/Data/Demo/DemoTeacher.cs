using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data.Demo;

/// <summary>
/// Simulates a large language model's explanations: mostly correct, and where wrong, with a rationale that leads to the wrong label.
/// A mistake is one of three: the distractor replaces a number, the operation is wrong, or the second step is omitted.
/// </summary>
internal static class DemoTeacher
{
    public static TeacherAnswer Explain(DemoProblem problem) => Answer(problem, problem.Template.Reason, problem.Equation);

    /// <returns>An answer whose label differs in value from the true one.</returns>
    public static TeacherAnswer Mistake(DemoProblem problem, SeededRandom random)
    {
        while (true)
        {
            (string reason, DemoEquation equation) = random.Next(3) switch
            {
                0 => TakeDistractor(problem, random),
                1 => MistakeOperation(problem.Equation, random),
                _ => ForgetSecondStep(problem),
            };
            if (Math.Abs(equation.Value - problem.Equation.Value) > 1e-6)
            {
                return Answer(problem, reason, equation);
            }
        }
    }

    private static TeacherAnswer Answer(DemoProblem problem, string reason, DemoEquation equation) =>
        new($"{problem.Fill(reason, equation)}: {equation.Inner}.", equation.ToString());

    private static (string, DemoEquation) TakeDistractor(DemoProblem problem, SeededRandom random)
    {
        DemoEquation equation = problem.Equation;
        equation = random.Next(equation.Operators.Length + 1) switch
        {
            0 => equation with { A = problem.Distractor },
            1 => equation with { B = problem.Distractor },
            _ => equation with { C = problem.Distractor },
        };
        return (problem.Template.Reason, equation);
    }

    private static (string, DemoEquation) MistakeOperation(DemoEquation equation, SeededRandom random)
    {
        string symbol = DemoProblem.Pick(random, ["+", "-", "*", "/"]);
        return (DemoWords.MistakenReason(symbol[0]), equation with { Operators = symbol });
    }

    /// <summary>
    /// Omits the second step. A one-step problem is unchanged, so that its value is the true one and another mistake is drawn.
    /// </summary>
    private static (string, DemoEquation) ForgetSecondStep(DemoProblem problem)
    {
        string first = problem.Equation.Operators[..1];
        return (DemoWords.MistakenReason(first[0]), problem.Equation with { Operators = first });
    }
}
