using Microsoft.ML.Tokenizers;

namespace DistillStudio.Teachers;

/// <summary>
/// Counts tokens as current hosted models split text (o200k). Other models' counts differ by some tenths: bills and reports use
/// the provider's own count wherever it reports one.
/// </summary>
internal static class TokenCounter
{
    private static readonly Lazy<TiktokenTokenizer> Tokenizer = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));

    public static int Count(string text) => Tokenizer.Value.CountTokens(text);
}
