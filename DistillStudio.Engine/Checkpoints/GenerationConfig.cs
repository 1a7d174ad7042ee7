using System.Text.Json;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Checkpoints;

/// <summary>
/// Notes which settings of generation a model's folder has that are not applied. In transformers they are in
/// <c>generation_config.json</c>, before version 4.26 in <c>config.json</c>.
/// </summary>
internal static class GenerationConfig
{
    public const string FileName = "generation_config.json";

    private const int MaxBytes = 1 << 20;

    /// <summary>Settings with the values that change nothing, besides null.</summary>
    private static readonly Dictionary<string, string[]> Neutral = new()
    {
        ["num_beams"] = ["1"],
        ["do_sample"] = ["false"],
        ["min_length"] = ["0"],
        ["min_new_tokens"] = ["0"],
        ["no_repeat_ngram_size"] = ["0"],
        ["encoder_no_repeat_ngram_size"] = ["0"],
        ["repetition_penalty"] = ["1", "1.0"],
        ["forced_bos_token_id"] = [],
        ["forced_eos_token_id"] = [],
        ["suppress_tokens"] = ["[]"],
        ["begin_suppress_tokens"] = ["[]"],
        ["bad_words_ids"] = ["[]"],
    };

    /// <summary>Returns a sentence for each file whose settings are not applied.</summary>
    public static IEnumerable<string> Remarks(string folder, T5Config config) =>
        new[] { T5ConfigFile.FileName, FileName }.Select(name => Path.Combine(folder, name)).Where(File.Exists)
            .Select(path => Remark(path, config)).OfType<string>();

    private static string? Remark(string path, T5Config config)
    {
        try
        {
            using JsonDocument document = LenientJson.ReadFile(path, MaxBytes, "restore or remove it");
            var fields = new JsonFields(document.RootElement, path);
            string[] unapplied =
            [
                .. Neutral.Where(setting => fields.Has(setting.Key) && !setting.Value.Contains(fields.Raw(setting.Key)))
                    .Select(setting => setting.Key),
                .. Differs("eos_token_id", config.EosTokenId),
                .. Differs("decoder_start_token_id", config.DecoderStartTokenId),
            ];
            string list = string.Join(", ", unapplied.Select(name => $"{name} to {fields.Raw(name)}"));
            return list.Length == 0 ? null : $"{path} sets {list}, which is not applied: answers are generated greedily or with --beams, "
                + $"and end with id {config.EosTokenId}.";

            IEnumerable<string> Differs(string name, int used) =>
                fields.Has(name) && fields.Raw(name) != $"{used}" && fields.Raw(name) != $"[{used}]" ? [name] : [];
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            return $"{e.Message.TrimEnd('.')}. Generation does not depend on it.";
        }
    }
}
