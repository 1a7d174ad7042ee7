namespace DistillStudio.Engine.Runtime;

/// <summary>Memory ran out while answers were generated.</summary>
/// <param name="rows">Inputs answered at a time.</param>
/// <param name="beams">Beams of each; 1 for greedy search.</param>
/// <param name="cause">The error.</param>
public sealed class GenerationMemoryException(int rows, int beams, Exception cause)
    : StudioException($"{WhatFailed(rows, beams)}; {Remedy(rows, beams)}.", cause.ToString(), cause)
{
    /// <summary>Inputs answered at a time.</summary>
    public int Rows => rows;

    /// <summary>Beams of each input; 1 for greedy search.</summary>
    public int Beams => beams;

    private static string WhatFailed(int rows, int beams) => "Out of memory while answers were generated, "
        + (rows == 1 ? "one at a time" : $"{rows} at a time") + (beams == 1 ? "" : $" with {beams} beams each");

    private static string Remedy(int rows, int beams)
    {
        string[] ways =
        [
            .. beams > 1 ? ["fewer --beams"] : Array.Empty<string>(),
            .. rows > 1 ? ["a smaller --batch_size"] : Array.Empty<string>(),
            "a smaller --gen_max_len",
        ];
        return $"use {string.Join(", ", ways)} or a smaller model";
    }
}
