using DistillStudio.Engine.Data.Demo.Templates;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Data.Demo;

/// <summary>One word problem: its text, its equation, and the data from which a teacher explains it correctly or incorrectly.</summary>
/// <param name="Template">The template that it is generated from.</param>
/// <param name="Equation">The correct equation; its numbers are distinct.</param>
/// <param name="Distractor">The number that the question does not need; differs from the equation's numbers.</param>
/// <param name="Words">The word for each of the template's placeholders.</param>
/// <param name="Text">Story and question on separate lines.</param>
internal sealed record DemoProblem(
    DemoTemplate Template, DemoEquation Equation, int Distractor, IReadOnlyList<(string Slot, string Word)> Words, string Text)
{
    private const int SmallestNumber = 2;
    private const int LargestNumber = 99;

    /// <summary>Templates by kind; each kind is drawn equally often.</summary>
    public static readonly DemoTemplate[][] Kinds =
        [
            SumsAndDifferences.Additions, SumsAndDifferences.Subtractions, ProductsAndShares.Multiplications, ProductsAndShares.Divisions,
            TwoSteps.All,
        ];

    public static DemoProblem Draw(SeededRandom random)
    {
        DemoTemplate[] kind = Pick(random, Kinds);
        DemoTemplate template = Pick(random, kind);
        (DemoEquation equation, int distractor) = DrawNumbers(random, template.Operators);
        (string, string)[] words = DrawWords(random);
        List<string> sentences = [.. template.Story];
        if (!template.HasDistractor)
        {
            sentences.Insert(random.Next(sentences.Count + 1), Pick(random, DemoWords.Asides));
        }

        string text = Fill($"{string.Join(' ', sentences)}\n{template.Question}", equation, distractor, words);
        return new(template, equation, distractor, words, text);
    }

    /// <summary>Fills this problem's words and the numbers of <paramref name="equation"/> into <paramref name="text"/>.</summary>
    public string Fill(string text, DemoEquation equation) => Fill(text, equation, Distractor, Words);

    public static T Pick<T>(SeededRandom random, T[] items) => items[random.Next(items.Length)];

    private static string Fill(string text, DemoEquation equation, int distractor, IReadOnlyList<(string Slot, string Word)> words)
    {
        text = text.Replace("{a}", $"{equation.A}").Replace("{b}", $"{equation.B}").Replace("{c}", $"{equation.C}")
            .Replace("{d}", $"{distractor}");
        foreach ((string slot, string word) in words)
        {
            text = text.Replace(slot, word, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Draws numbers until they are distinct and their equation is tidy.</summary>
    private static (DemoEquation Equation, int Distractor) DrawNumbers(SeededRandom random, string operators)
    {
        while (true)
        {
            int[] n = [DrawNumber(random), DrawNumber(random), DrawNumber(random), DrawNumber(random)];
            var equation = new DemoEquation(operators, n[0], n[1], n[2]);
            if (equation.IsTidy && n.Distinct().Count() == n.Length)
            {
                return (equation, n[3]);
            }
        }
    }

    private static int DrawNumber(SeededRandom random) => SmallestNumber + random.Next(LargestNumber - SmallestNumber + 1);

    private static (string, string)[] DrawWords(SeededRandom random)
    {
        string[] names = PickDistinct(random, DemoWords.Names, 3);
        string[] things = PickDistinct(random, DemoWords.Things, 2);
        string[] days = PickDistinct(random, DemoWords.Days, 2);
        (string box, string boxes) = Pick(random, DemoWords.Containers);
        (string got, string get) = Pick(random, DemoWords.Got);
        return
        [
            ("{name}", names[0]), ("{other}", names[1]), ("{third}", names[2]),
            ("{things}", things[0]), ("{others}", things[1]),
            ("{day}", days[0]), ("{later}", days[1]),
            ("{box}", box), ("{boxes}", boxes),
            ("{got}", got), ("{get}", get), ("{lost}", Pick(random, DemoWords.Lost)),
            ("{place}", Pick(random, DemoWords.Places)),
        ];
    }

    private static string[] PickDistinct(SeededRandom random, string[] items, int count)
    {
        var picked = new List<string>(count);
        while (picked.Count < count)
        {
            string item = Pick(random, items);
            if (!picked.Contains(item))
            {
                picked.Add(item);
            }
        }

        return [.. picked];
    }
}
