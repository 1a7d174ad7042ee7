using static System.BitConverter;

namespace DistillStudio.Tests.Emulation;

/// <summary>
/// What PTX's instructions without side effects compute (NVIDIA, PTX ISA 7.0). Numbers of fewer than 64 bits lie in the low ones, the
/// others are 0.
/// </summary>
internal static class PtxArithmetic
{
    private static readonly Dictionary<string, Func<ulong, ulong, ulong, ulong>> Functions = new()
    {
        ["mov.b16"] = (a, _, _) => a,
        ["mov.b32"] = (a, _, _) => a,
        ["mov.b64"] = (a, _, _) => a,
        ["mov.f32"] = (a, _, _) => a,
        ["mov.pred"] = (a, _, _) => a & 1,
        ["not.pred"] = (a, _, _) => 1 - a,
        ["selp.b32"] = (a, b, p) => p != 0 ? a : b,
        ["selp.b64"] = (a, b, p) => p != 0 ? a : b,

        ["add.f32"] = (a, b, _) => Of(Float(a) + Float(b)),
        ["sub.f32"] = (a, b, _) => Of(Float(a) - Float(b)),
        ["mul.f32"] = (a, b, _) => Of(Float(a) * Float(b)),
        ["div.rn.f32"] = (a, b, _) => Of(Float(a) / Float(b)),
        ["rcp.rn.f32"] = (a, _, _) => Of(1 / Float(a)),
        ["sqrt.rn.f32"] = (a, _, _) => Of(MathF.Sqrt(Float(a))),
        ["neg.f32"] = (a, _, _) => Of(-Float(a)),

        ["add.s32"] = (a, b, _) => (uint)(a + b),
        ["sub.s32"] = (a, b, _) => (uint)(a - b),
        ["mul.lo.s32"] = (a, b, _) => (uint)(a * b),
        ["neg.s32"] = (a, _, _) => (uint)-(int)a,
        ["min.s32"] = (a, b, _) => (uint)Math.Min((int)a, (int)b),
        ["max.s32"] = (a, b, _) => (uint)Math.Max((int)a, (int)b),
        ["div.s32"] = (a, b, _) => (uint)((int)a / (int)b),
        ["rem.s32"] = (a, b, _) => (uint)((int)a % (int)b),
        ["and.b32"] = (a, b, _) => a & b,
        ["or.b32"] = (a, b, _) => a | b,
        ["xor.b32"] = (a, b, _) => a ^ b,
        ["shl.b32"] = (a, b, _) => b > 31 ? 0 : (uint)a << (int)b,
        ["shr.u32"] = (a, b, _) => b > 31 ? 0 : (uint)a >> (int)b,
        ["shr.s32"] = (a, b, _) => (uint)((int)a >> (int)Math.Min(b, 31)),

        ["add.s64"] = (a, b, _) => a + b,
        ["add.u64"] = (a, b, _) => a + b,
        ["sub.s64"] = (a, b, _) => a - b,
        ["mul.lo.s64"] = (a, b, _) => a * b,
        ["mul.wide.u32"] = (a, b, _) => (ulong)(uint)a * (uint)b,
        ["mad.lo.u64"] = (a, b, c) => (a * b) + c,
        ["div.s64"] = (a, b, _) => (ulong)((long)a / (long)b),
        ["or.b64"] = (a, b, _) => a | b,
        ["xor.b64"] = (a, b, _) => a ^ b,
        ["shl.b64"] = (a, b, _) => b > 63 ? 0 : a << (int)b,
        ["shr.u64"] = (a, b, _) => b > 63 ? 0 : a >> (int)b,

        ["setp.lt.f32"] = (a, b, _) => Of(Float(a) < Float(b)),
        ["setp.gt.f32"] = (a, b, _) => Of(Float(a) > Float(b)),
        ["setp.leu.f32"] = (a, b, _) => Of(!(Float(a) > Float(b))),
        ["setp.eq.s32"] = (a, b, _) => Of((int)a == (int)b),
        ["setp.ne.s32"] = (a, b, _) => Of((int)a != (int)b),
        ["setp.lt.s32"] = (a, b, _) => Of((int)a < (int)b),
        ["setp.le.s32"] = (a, b, _) => Of((int)a <= (int)b),
        ["setp.gt.s32"] = (a, b, _) => Of((int)a > (int)b),
        ["setp.ge.s32"] = (a, b, _) => Of((int)a >= (int)b),
        ["setp.ne.u32"] = (a, b, _) => Of((uint)a != (uint)b),
        ["setp.lo.u32"] = (a, b, _) => Of((uint)a < (uint)b),
        ["setp.hs.u32"] = (a, b, _) => Of((uint)a >= (uint)b),
        ["setp.hi.u32"] = (a, b, _) => Of((uint)a > (uint)b),
        ["setp.eq.s64"] = (a, b, _) => Of(a == b),
        ["setp.lt.s64"] = (a, b, _) => Of((long)a < (long)b),
        ["setp.le.s64"] = (a, b, _) => Of((long)a <= (long)b),
        ["setp.gt.s64"] = (a, b, _) => Of((long)a > (long)b),
        ["setp.ge.s64"] = (a, b, _) => Of((long)a >= (long)b),

        ["cvt.s64.s32"] = (a, _, _) => (ulong)(int)a,
        ["cvt.u64.s32"] = (a, _, _) => (ulong)(int)a,
        ["cvt.u64.u32"] = (a, _, _) => (uint)a,
        ["cvt.u32.u64"] = (a, _, _) => (uint)a,
        ["cvt.s32.s64"] = (a, _, _) => (uint)a,
        ["cvt.s32.u16"] = (a, _, _) => (ushort)a,
        ["cvt.u16.u32"] = (a, _, _) => (ushort)a,
        ["cvt.s16.s32"] = (a, _, _) => (ushort)a,
        ["cvt.rn.f32.s32"] = (a, _, _) => Of((float)(int)a),
        ["cvt.rzi.s32.f32"] = (a, _, _) => (uint)(int)Float(a), // NaN gives 0 and others the nearest number there is, in .NET too
    };

    /// <summary>Returns null for instructions that do more than compute.</summary>
    internal static Func<ulong, ulong, ulong, ulong>? Find(string opcode) => Functions.GetValueOrDefault(opcode);

    private static float Float(ulong bits) => UInt32BitsToSingle((uint)bits);

    private static ulong Of(float number) => SingleToUInt32Bits(number);

    private static ulong Of(bool holds) => holds ? 1UL : 0;
}
