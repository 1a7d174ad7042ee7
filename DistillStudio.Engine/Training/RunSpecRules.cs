using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Recipes;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Training;

/// <summary>One thing wrong with a spec.</summary>
/// <param name="Property">Name of the property of <see cref="RunSpec"/> to mend.</param>
/// <param name="Message">A sentence: the flag, its value, what is allowed.</param>
public sealed record SpecProblem(string Property, string Message);

/// <summary>What a spec must keep to, whoever wrote it: a command line, a form, a file. Looks at no disk and no device.</summary>
public static class RunSpecRules
{
    /// <summary>Tokens that an input may have at most: far past what T5 was trained on.</summary>
    public const int LongestInput = 65_536;

    /// <summary>Tokens that an answer may have at most.</summary>
    public const int LongestAnswer = 4_096;

    /// <summary>Largest batch, and most batches per step.</summary>
    public const int LargestBatch = 65_536;

    public const int MostThreads = 1_024;

    /// <summary>Characters of any other text: Linux opens no longer path.</summary>
    public const int LongestText = 4_096;

    public const int LongestName = 200;

    public const int LongestNotes = 20_000;

    public const int MostTags = 50;

    private static string KnownDatasets => string.Join(", ", DatasetCatalog.All.Select(d => d.Name));

    /// <summary>Every problem there is, in the order of the properties; empty where the spec can run.</summary>
    public static IReadOnlyList<SpecProblem> Check(RunSpec spec)
    {
        var problems = new List<SpecProblem>();
        CheckLengths(spec, problems);
        if (problems.Count > 0)
        {
            return problems; // the other rules would repeat such a text whole
        }

        CheckSources(spec, problems);
        CheckTeacher(spec, problems);
        CheckTraining(spec, problems);
        CheckMachine(spec, problems);
        return problems;
    }

    /// <summary>The first thing that the record of no run can hold, whatever datasets and recipes the version knew that wrote it; null for nothing.</summary>
    public static SpecProblem? CheckRecord(RunSpec spec)
    {
        var problems = new List<SpecProblem>();
        CheckLengths(spec, problems);
        if (problems.Count == 0)
        {
            CheckTraining(spec, problems);
            CheckMachine(spec, problems);
        }

        return problems.FirstOrDefault();
    }

    /// <exception cref="InputException">The spec has problems; it lists them all.</exception>
    public static void Require(RunSpec spec)
    {
        IReadOnlyList<SpecProblem> problems = Check(spec);
        if (problems.Count > 0)
        {
            throw new InputException([.. problems.Select(p => p.Message)]);
        }
    }

    /// <summary>The flag that sets a property of <see cref="RunSpec"/>: <c>--batch_size</c>. What the original lacks has dashes.</summary>
    public static string FlagOf(string property)
    {
        string snake = JsonNamingPolicy.SnakeCaseLower.ConvertName(property);
        return "--" + (property is nameof(RunSpec.DataDir) or nameof(RunSpec.EvalLimit) or nameof(RunSpec.SaveSteps) or nameof(RunSpec.KeepBlankLabels) ? snake.Replace('_', '-') : snake);
    }

    private static void CheckLengths(RunSpec spec, List<SpecProblem> problems)
    {
        (string Property, string? Text)[] texts =
        [
            (nameof(RunSpec.Dataset), spec.Dataset),
            (nameof(RunSpec.DataDir), spec.DataDir),
            (nameof(RunSpec.FromPretrained), spec.FromPretrained),
            (nameof(RunSpec.ModelType), spec.ModelType),
            (nameof(RunSpec.Llm), spec.Llm),
            (nameof(RunSpec.Device), spec.Device),
        ];
        foreach ((string property, string? text) in texts.Where(each => each.Text?.Length > LongestText))
        {
            Add(problems, property, $"has {text!.Length:N0} characters, more than the {LongestText:N0} that are allowed; shorten it.");
        }
    }

    private static void CheckSources(RunSpec spec, List<SpecProblem> problems)
    {
        if (string.IsNullOrEmpty(spec.Dataset))
        {
            Add(problems, nameof(RunSpec.Dataset), $"is missing; name one of {KnownDatasets}.");
        }
        else if (DatasetCatalog.All.All(d => d.Name != spec.Dataset))
        {
            Add(problems, nameof(RunSpec.Dataset), $"{spec.Dataset} is unknown; name one of {KnownDatasets}.");
        }

        if (spec.DataDir is { } folder && !IsPath(folder))
        {
            Add(problems, nameof(RunSpec.DataDir), "is no folder's path; name the folder that holds the datasets.");
        }

        if (string.IsNullOrEmpty(spec.FromPretrained))
        {
            Add(problems, nameof(RunSpec.FromPretrained), "is missing; name a model's folder, or demo for the bundled small model.");
        }
        else if (!IsPath(spec.FromPretrained))
        {
            Add(problems, nameof(RunSpec.FromPretrained), "is no folder's path; name a model's folder, or demo.");
        }

        if (!Enum.IsDefined(spec.Init))
        {
            Add(problems, nameof(RunSpec.Init), $"{spec.Init} is unknown; use pretrained or random.");
        }
    }

    private static void CheckTeacher(RunSpec spec, List<SpecProblem> problems)
    {
        bool isRecipeKnown = RecipeNames.All.Contains(spec.ModelType);
        if (!isRecipeKnown)
        {
            Add(problems, nameof(RunSpec.ModelType), $"{spec.ModelType} is unknown; use {string.Join(", ", RecipeNames.All)}.");
        }

        if (!Enum.IsDefined(spec.LabelType))
        {
            Add(problems, nameof(RunSpec.LabelType), $"{spec.LabelType} is unknown; use gt or llm.");
        }

        if (spec.Llm is { } teacher)
        {
            if (!(teacher is DatasetLayout.Palm or DatasetLayout.Gpt || DatasetLayout.IsTeacherName(teacher)))
            {
                Add(problems, nameof(RunSpec.Llm), $"{teacher} is no teacher's name; use palm, gpt, none or another teacher's name of up to 64 letters, digits, '-', '_' and '.'.");
            }
        }
        else if (isRecipeKnown && spec.ModelType != RecipeNames.Standard)
        {
            Add(problems, nameof(RunSpec.Llm), $"none leaves {FlagOf(nameof(RunSpec.ModelType))} {spec.ModelType} without rationales; name a teacher such as palm, or use standard.");
        }
        else if (spec.LabelType == LabelType.Llm)
        {
            Add(problems, nameof(RunSpec.Llm), $"none leaves {FlagOf(nameof(RunSpec.LabelType))} llm without labels; name a teacher such as palm, or use gt.");
        }
    }

    private static void CheckTraining(RunSpec spec, List<SpecProblem> problems)
    {
        if (!(spec.Alpha is >= 0 and <= 1))
        {
            Add(problems, nameof(RunSpec.Alpha), $"{Show(spec.Alpha)} is out of range; it weighs the label loss, from 0 to 1.");
        }

        if (!(spec.Subsample is > 0 and <= 1))
        {
            Add(problems, nameof(RunSpec.Subsample), $"{Show(spec.Subsample)} is out of range; it is the fraction of training rows kept, above 0 and up to 1.");
        }

        CheckRange(problems, nameof(RunSpec.MaxSteps), spec.MaxSteps, 1, int.MaxValue);
        CheckRange(problems, nameof(RunSpec.EvalSteps), spec.EvalSteps, 1, int.MaxValue);
        CheckRange(problems, nameof(RunSpec.SaveSteps), spec.SaveSteps ?? 1, 1, int.MaxValue);
        CheckRange(problems, nameof(RunSpec.BatchSize), spec.BatchSize, 1, LargestBatch);
        CheckRange(problems, nameof(RunSpec.GradSteps), spec.GradSteps, 1, LargestBatch);
        if (!Enum.IsDefined(spec.OptimizerName))
        {
            Add(problems, nameof(RunSpec.OptimizerName), $"{spec.OptimizerName} is unknown; use AdamW or Adafactor.");
        }

        if (!(spec.Lr is > 0 and <= 10))
        {
            Add(problems, nameof(RunSpec.Lr), $"{Show(spec.Lr)} is out of range; it is the learning rate of the first step, above 0 and up to 10, such as 5e-5.");
        }

        CheckRange(problems, nameof(RunSpec.Run), spec.Run, 0, int.MaxValue);
        CheckRange(problems, nameof(RunSpec.MaxInputLength), spec.MaxInputLength, 2, LongestInput);
        CheckRange(problems, nameof(RunSpec.GenMaxLen), spec.GenMaxLen, 1, LongestAnswer);
    }

    private static void CheckMachine(RunSpec spec, List<SpecProblem> problems)
    {
        if (string.IsNullOrEmpty(spec.Device) || !Devices.IsName(spec.Device))
        {
            Add(problems, nameof(RunSpec.Device), $"{spec.Device} is no device; use auto, cpu, cuda or cuda:n.");
        }

        CheckRange(problems, nameof(RunSpec.Threads), spec.Threads ?? 1, 1, MostThreads);
        CheckRange(problems, nameof(RunSpec.EvalLimit), spec.EvalLimit ?? 1, 1, int.MaxValue);
        if (!Enum.IsDefined(spec.Keep))
        {
            Add(problems, nameof(RunSpec.Keep), $"{spec.Keep} is unknown; use best or last.");
        }

        if (spec.Name is { } name && (!IsName(name)))
        {
            Add(problems, nameof(RunSpec.Name), $"is longer than {LongestName} characters or holds a control character; shorten it to one line.");
        }
    }

    /// <summary>One line of a reasonable length, for a run or a tag.</summary>
    public static bool IsName(string text) => text.Length <= LongestName && !text.Any(char.IsControl);

    /// <summary>A text from a file made into a name: cut to the length of one, each control character a space.</summary>
    public static string CutName(string text) =>
        string.Concat(Cut(text, LongestName).Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>The first <paramref name="length"/> characters, the last of them an ellipsis where more was there; no pair of surrogates is torn.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        int kept = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
        return text[..kept] + "…";
    }

    private static void CheckRange(List<SpecProblem> problems, string property, int value, int from, int to)
    {
        if (value < from || value > to)
        {
            string allowed = to == int.MaxValue ? $"a whole number from {from}" : $"a whole number from {from} to {to}";
            Add(problems, property, $"{value} is out of range; give {allowed}.");
        }
    }

    private static void Add(List<SpecProblem> problems, string property, string saying) =>
        problems.Add(new SpecProblem(property, $"{FlagOf(property)} {saying}"));

    private static bool IsPath(string path) => !string.IsNullOrWhiteSpace(path) && !path.Contains('\0', StringComparison.Ordinal);

    private static string Show(double value) => value.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
}
