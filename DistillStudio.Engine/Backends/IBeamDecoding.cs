namespace DistillStudio.Engine.Backends;

/// <summary>Beams that are continued, those of an input beside each other, at index i · beams + beam.</summary>
/// <param name="Origins">Index, among the beams of the same input, of the beam that each continues.</param>
/// <param name="Newest">Newest token of each; initially the start token.</param>
/// <param name="Scores">Log probability of each so far, in nats.</param>
internal readonly record struct Beams(int[] Origins, int[] Newest, float[] Scores);

/// <summary>The likeliest continuations of each input, twice as many as beams, likeliest first.</summary>
/// <param name="Scores">[inputs · 2 · beams]: log probability of each.</param>
/// <param name="Choices">[inputs · 2 · beams]: beam · V + token, the beam among those of its input.</param>
internal readonly record struct BeamCandidates(float[] Scores, long[] Choices);

/// <summary>Decodes several beams of each input, token by token, and caches what later steps reuse.</summary>
internal interface IBeamDecoding : IDisposable
{
    /// <summary>Encodes inputs and discards the previous ones.</summary>
    /// <param name="inputs">Token ids with the closing <c>&lt;/s&gt;</c>; at least one.</param>
    /// <param name="beams">At least 2.</param>
    void Begin(IReadOnlyList<int[]> inputs, int beams);

    /// <summary>Decodes one more token of every beam.</summary>
    /// <param name="inputs">Indices of the inputs still searched, ascending; an omitted input cannot return.</param>
    /// <param name="beams">Their beams.</param>
    BeamCandidates Next(ReadOnlySpan<int> inputs, Beams beams);
}
