using System.Globalization;
using System.Text.Json;

namespace DistillStudio.Tests.Support;

/// <summary>A svamp of sums that are easily learned. Problem i is about i apples and some more; they begin with 2.</summary>
internal static class SmallSvamp
{
    /// <summary>Writes a split of it into a data folder.</summary>
    /// <param name="data">Data folder.</param>
    /// <param name="split">Its name.</param>
    /// <param name="rows">Number of problems.</param>
    /// <param name="hasTeacher">With a teacher's completions, or without.</param>
    public static void Write(string data, string split, int rows, bool hasTeacher)
    {
        string folder = Directory.CreateDirectory(Path.Combine(data, "svamp")).FullName;
        int[] problems = [.. Enumerable.Range(2, rows)];
        File.WriteAllLines(
            Path.Combine(folder, $"svamp_{split}.json"),
            problems.Select(i => JsonSerializer.Serialize(
                new { input = $"Ann has {i} apples and finds {Other(i)} more.\nHow many apples has she?", label = Label(i) })));
        if (hasTeacher)
        {
            File.WriteAllText(
                Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "llm")).FullName, $"{split}_CoT_0.json"),
                JsonSerializer.Serialize(problems.Select(i => $"She adds {i} and {Other(i)}. The answer is {Label(i)}.\n\nQ: Next one")));
        }
    }

    public static string Label(int i) => string.Create(CultureInfo.InvariantCulture, $"( {i:0.0} + {Other(i):0.0} )");

    private static int Other(int i) => (i * 7 % 50) + 2;
}
