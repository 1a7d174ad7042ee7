using ILGPU;

namespace DistillStudio.Engine.Kernels.Gpu;

/// <summary>Functions that the compiler of GPU kernels lacks, with the same results on a GPU and on its simulator.</summary>
internal static class GpuMath
{
    /// <inheritdoc cref="Lanes.Exp"/>
    internal static float Exp(float x)
    {
        float notLow = x < -88f ? -88f : x; // NaN stays NaN
        float clamped = notLow > 88f ? 88f : notLow; // two selections; one nested in the other would be a branch
        float scaled = clamped * 1.44269504f;
        int n = (int)(scaled < 0 ? scaled - 0.5f : scaled + 0.5f);
        float r = (clamped - (n * 0.693359375f)) + (n * 2.12194440e-4f);
        float p = 1.3888889e-3f;
        p = (p * r) + 8.3333333e-3f;
        p = (p * r) + 4.1666667e-2f;
        p = (p * r) + 1.6666667e-1f;
        p = (p * r) + 0.5f;
        p = (p * r) + 1;
        p = (p * r) + 1;
        return x < -87f ? 0 : p * Interop.IntAsFloat((uint)(n + 127) << 23);
    }

    /// <summary>
    /// Computes ln x for positive normal x with an error below two units in the last place: exponent and mantissa, then a polynomial of
    /// degree 9 (Moshier 1989, Methods and Programs for Mathematical Functions). NaN and infinity stay what they are.
    /// </summary>
    internal static float Log(float x)
    {
        const uint Half = 126u << 23;
        uint bits = Interop.FloatAsInt(x);
        if (bits >= 0x7F800000)
        {
            return x;
        }

        int exponent = (int)(bits >> 23) - 126;
        float mantissa = Interop.IntAsFloat((bits & 0x007FFFFF) | Half); // [½, 1)
        bool isSmall = mantissa < 0.70710678f;
        float n = isSmall ? exponent - 1 : exponent;
        float z = (isSmall ? 2 * mantissa : mantissa) - 1;
        float p = 7.0376836e-2f;
        p = (p * z) - 1.1514610e-1f;
        p = (p * z) + 1.1676999e-1f;
        p = (p * z) - 1.2420141e-1f;
        p = (p * z) + 1.4249323e-1f;
        p = (p * z) - 1.6668058e-1f;
        p = (p * z) + 2.0000715e-1f;
        p = (p * z) - 2.4999994e-1f;
        p = (p * z) + 3.3333331e-1f;
        float square = z * z;
        float rest = (p * z * square) - (2.12194440e-4f * n) - (0.5f * square);
        return z + rest + (0.693359375f * n);
    }

    /// <summary>1 / (1 + e^-x)</summary>
    internal static float Sigmoid(float x) => 1 / (1 + Exp(x < -80f ? 80f : -x));
}
