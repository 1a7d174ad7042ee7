namespace DistillStudio.Engine.Text;

/// <summary>Finds texts that a tokenizer cannot spell, such as Japanese for an English T5: the model reads them as one unknown piece, and
/// never writes them.</summary>
public static class UnknownCharacters
{
    private const string Remedy = "take a model for their language, such as an mT5";

    /// <summary>Returns whether some character becomes the unknown piece.</summary>
    public static bool Has(T5Tokenizer tokenizer, string text) => tokenizer.Encode(text).Contains(T5Tokenizer.UnknownId);

    /// <summary>Returns one sentence for the inputs, labels and rationales that have such characters; none for those without.</summary>
    /// <param name="inputs">How many have them, of how many that were looked at; as for labels and rationales.</param>
    public static IEnumerable<string> Remarks(
        (int Unknown, int Of) inputs, (int Unknown, int Of) labels, (int Unknown, int Of) rationales)
    {
        if (labels.Unknown > 0)
        {
            yield return $"{labels.Unknown:N0} of {labels.Of:N0} labels have characters that the model's tokenizer does not know. "
                + $"The model cannot write them, so it never gets these rows right; {Remedy}.";
        }

        if (inputs.Unknown > 0)
        {
            yield return $"{inputs.Unknown:N0} of {inputs.Of:N0} inputs have characters that the model's tokenizer does not know. "
                + $"The model cannot tell them apart; if they matter, {Remedy}.";
        }

        if (rationales.Unknown > 0)
        {
            yield return $"{rationales.Unknown:N0} of {rationales.Of:N0} rationales have characters that the model's tokenizer does not "
                + $"know, and that the model cannot write.";
        }
    }
}
