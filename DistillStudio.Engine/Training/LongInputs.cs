using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>Reports inputs of which a model reads only the beginning.</summary>
public static class LongInputs
{
    /// <summary>Returns one sentence on the inputs that are cut off; null if all fit.</summary>
    /// <param name="lengths">Tokens of each input.</param>
    /// <param name="most">Maximum tokens per input.</param>
    public static string? Remark(IReadOnlyCollection<int> lengths, int most)
    {
        int cut = lengths.Count(length => length > most);
        return cut == 0 ? null
            : $"{(lengths.Count == 1 ? "The input has" : $"{cut:N0} of {lengths.Count:N0} inputs have up to")} "
                + $"{lengths.Max():N0} tokens, but the model reads the first {most:N0} and the rest is cut off; "
                + $"shorten {(lengths.Count == 1 ? "it" : "them")}, or give a larger {SettingsTable.MaxInputLength.Flag}.";
    }
}
