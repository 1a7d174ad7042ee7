using System.CommandLine;
using System.Globalization;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Commands;

/// <summary>The flags of <c>teacher run</c> that define the job.</summary>
internal sealed class TeacherFlags
{
    private readonly Option<string[]> _dataset = Usage.Flag("--dataset", "NAME", "Dataset whose rows are asked about");
    private readonly Option<string[]> _split = Usage.Flag("--split", "SPLIT", "train, valid or test [train]");
    private readonly Option<string[]> _name = Usage.Flag("--name", "NAME", "Name of the new teacher, for train --llm NAME");
    private readonly Option<string[]> _endpoint = Usage.Flag("--endpoint", "URL",
        "Base address of an OpenAI-compatible endpoint, such as http://localhost:8000/v1");
    private readonly Option<string[]> _model = Usage.Flag("--model", "MODEL", "The model's name at the endpoint");
    private readonly Option<string[]> _api = Usage.Flag("--api", "API", "chat, or completion for base models [chat]");
    private readonly Option<string[]> _template = Usage.Flag("--template", "TEMPLATE",
        "Prompt template: a name, name@version or a file [few-shot, by the kind of task]");
    private readonly Option<string[]> _select = Usage.Flag("--select", "ROWS",
        "all, missing (no label by --of) or missed (wrong label by --of) [all]");
    private readonly Option<string[]> _of = Usage.Flag("--of", "TEACHER",
        "The other teacher that --select or a shortening template refers to");
    private readonly Option<string[]> _rows = Usage.Flag("--rows", "N", "Number of rows to draw [all]");
    private readonly Option<string[]> _seed = Usage.Flag("--seed", "N", "Seed of the draw [0]");
    private readonly Option<string[]> _samples = Usage.Flag("--samples", "K", "Completions per row; the majority label counts [1]");
    private readonly Option<string[]> _keep = Usage.Flag("--keep", "WHICH",
        "Which rationales with that label to keep: first, or all (the others become NAME.2, NAME.3, …) [first]");
    private readonly Option<string[]> _temperature = Usage.Flag("--temperature", "T",
        "0 to 2, or none for the endpoint's own [0, with several samples 0.7]");
    private readonly Option<string[]> _maxTokens = Usage.Flag("--max-tokens", "N", "Maximum number of tokens of a completion [256]");
    private readonly Option<string[]> _stop = Usage.Flag("--stop", "TEXT",
        "Text at which the teacher stops, with \\n for a line break, or none; may be repeated [the template's]");
    private readonly Option<bool> _batch = Usage.Switch("--batch",
        "Use the provider's batch interface: cheaper, answered within a day, collected later by resume");

    public TeacherLimitFlags Limits { get; } = new();

    public Option<string[]> DataDir { get; } = CommonFlags.DataDir();

    public IEnumerable<Option> Options =>
    [
        _dataset, _split, _name, _endpoint, _model, _api, _template, _select, _of, _rows, _seed, _samples, _keep, _temperature, _maxTokens,
            _stop, .. Limits.Options, _batch, DataDir,
    ];

    /// <summary>Reads a new job; adds problems to <paramref name="usage"/>, which the caller must check.</summary>
    /// <param name="isTrial">True if the teacher needs no name.</param>
    public TeacherJobSpec? Read(Usage usage, StudioHome home, bool isTrial)
    {
        string dataset = usage.Required(_dataset, "name a dataset such as svamp");
        string name = isTrial ? usage.Text(_name) ?? "" : usage.Required(_name, "give the new teacher a name");
        string endpoint = usage.Required(_endpoint, "give a base address such as http://localhost:8000/v1");
        string model = usage.Required(_model, "give the endpoint's name of the model");
        string dataDir = usage.Path(DataDir) ?? home.Datasets;
        DatasetInfo? info = DatasetCatalog.In(dataDir).FirstOrDefault(d => d.Name == dataset);
        if (info is null && dataset.Length > 0)
        {
            usage.Add($"--dataset {dataset} {DatasetCatalog.WhyMissing(dataset, dataDir)}.");
        }

        int samples = usage.Whole(_samples, 1, TeacherJobSpec.MostSamples) ?? 1;
        PromptTemplate? template = Template(usage, home, info);
        var address = new TeacherAddress(endpoint, model, Choice(usage, _api, TeacherApi.Chat), IsBatch: usage.Is(_batch));
        if (template is null || info is null)
        {
            return null;
        }

        return new TeacherJobSpec(
            dataset,
            usage.Text(_split)?.ToLowerInvariant() ?? Dataset.Train,
            name,
            Path.GetFullPath(usage.Path(DataDir) ?? home.Datasets),
            Limits.ReadKey(usage, address),
            usage.Texts(_stop).ToArray() is { Length: > 0 } stop ? template with { Stop = StopsOf(stop) } : template,
            Choice(usage, _select, RowSelection.All),
            usage.Text(_of),
            usage.Whole(_rows, 1, int.MaxValue),
            usage.Whole(_seed, 0, int.MaxValue) ?? 0,
            samples,
            Choice(usage, _keep, KeptRationales.First),
            Temperature(usage, samples),
            usage.Whole(_maxTokens, 1, TeacherJobSpec.MostTokens) ?? 256,
            Created: DateTimeOffset.UtcNow,
            Program: BuildVersion.Current)
        {
            Limits = Limits.Read(usage, new TeacherLimits()),
        };
    }

    private static string[] StopsOf(string[] texts) =>
        texts is ["none"] ? [] : [.. texts.Select(text => text.Replace("\\n", "\n", StringComparison.Ordinal))];

    private PromptTemplate? Template(Usage usage, StudioHome home, DatasetInfo? info)
    {
        PromptKind? kind = info is null ? null : BuiltInTemplates.KindOf(info.Format);
        string? reference = usage.Text(_template) ?? (kind is { } known ? BuiltInTemplates.NameOf(known) : null);
        try
        {
            return reference is null ? null : new TemplateStore(home).Find(reference, kind);
        }
        catch (InputException e)
        {
            e.Problems.ToList().ForEach(usage.Add);
            return null;
        }
    }

    private double? Temperature(Usage usage, int samples) => usage.Text(_temperature) switch
    {
        null => samples > 1 ? 0.7 : 0,
        "none" => null,
        { } text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) => value,
        _ => -1, // rejected by the range check
    };

    private static T Choice<T>(Usage usage, Option<string[]> flag, T otherwise)
        where T : struct, Enum
    {
        if (usage.Text(flag) is not { } text)
        {
            return otherwise;
        }

        if (Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]))
        {
            return value;
        }

        usage.Add($"{flag.Name} {text} is unknown; use {string.Join(" or ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()))}.");
        return otherwise;
    }
}
