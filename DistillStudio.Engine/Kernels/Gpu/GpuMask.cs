using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>
/// <see cref="DropoutMask"/> for GPUs: the seed lies in device memory, so that a captured step can be repeated with another one. The
/// masks are the same.
/// </summary>
/// <param name="site">Number of the site, unique within the model.</param>
/// <param name="rate">Fraction to drop, in [0, 1); 0 disables dropout.</param>
internal readonly struct GpuMask(uint site, double rate)
{
    private readonly uint _site = site;
    private readonly uint _threshold = (uint)Math.Round(rate * (1L << 32));
    private readonly float _scale = (float)(1 / (1 - rate));

    /// <summary>Disables dropout.</summary>
    internal static GpuMask None => new(0, 0);

    internal uint Site => _site;

    /// <summary>Elements whose hash is below are dropped; 0 disables dropout.</summary>
    internal uint Threshold => _threshold;

    /// <summary>Factor of the elements that are not dropped.</summary>
    internal float Scale => _scale;

    /// <summary>Returns the mask of a step, which a kernel of many rows derives once.</summary>
    internal GpuStepMask Step(long seed) => new(_threshold == 0 ? 0 : SeededRandom.Derive((ulong)seed, _site), _threshold, _scale);

    /// <param name="seed">Seed of the step.</param>
    /// <param name="row">Unique key of the row.</param>
    internal GpuRowMask Row(long seed, ulong row) => Step(seed).Row(row);
}

/// <summary>Dropout at one site in one step.</summary>
internal readonly struct GpuStepMask(ulong key, uint threshold, float scale)
{
    private readonly ulong _key = key;
    private readonly uint _threshold = threshold;
    private readonly float _scale = scale;

    /// <param name="row">Unique key of the row.</param>
    internal GpuRowMask Row(ulong row) => new(_threshold == 0 ? 0 : SeededRandom.Derive(_key, row), _threshold, _scale);
}

/// <inheritdoc cref="RowMask"/>
internal readonly struct GpuRowMask(ulong key, uint threshold, float scale)
{
    private readonly uint _first = (uint)key;
    private readonly uint _second = (uint)(key >> 32);
    private readonly uint _threshold = threshold;
    private readonly float _scale = scale;

    /// <summary>Returns 0 for a dropped element, 1 / (1 − rate) for another.</summary>
    internal float Factor(int column)
    {
        if (_threshold == 0)
        {
            return 1;
        }

        uint x = ((uint)column * 0x9E3779B9u) ^ _first;
        x = (x ^ (x >> 16)) * 0x7FEB352Du;
        x ^= _second;
        x = (x ^ (x >> 15)) * 0x846CA68Bu;
        return x >= _threshold ? _scale : 0;
    }
}
