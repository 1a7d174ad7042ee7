using System.Globalization;
using System.Numerics;

namespace DistillStudio.Engine.Evaluation;

/// <summary>
/// A number with Python's arithmetic: exact integers, everything else in double precision. <see cref="Failed"/> represents whatever raises
/// an error in Python or has a result that is not a real number, and propagates to every result computed from it.
/// </summary>
internal readonly struct EquationNumber
{
    /// <summary>
    /// Maximum size of integers. Python's are unbounded; here a larger result fails, so that no expression can take long.
    /// </summary>
    private const int MaxBits = 4096;

    private const double ExactBelow = 1L << 53;

    private readonly BigInteger _whole;
    private readonly double _real;
    private readonly Kind _kind;

    private EquationNumber(Kind kind, BigInteger whole, double real) => (_kind, _whole, _real) = (kind, whole, real);

    private enum Kind : byte
    {
        Failed,
        Whole,
        Real,
    }

    /// <summary>A value that cannot be evaluated.</summary>
    public static EquationNumber Failed => default;

    public bool IsFailed => _kind == Kind.Failed;

    /// <summary>Truth value as in Python; false for a failed number.</summary>
    public bool IsTrue => _kind switch { Kind.Whole => !_whole.IsZero, Kind.Real => _real != 0, _ => false };

    public static EquationNumber Of(bool truth) => new(Kind.Whole, truth ? BigInteger.One : BigInteger.Zero, 0);

    public static EquationNumber Of(double real) => new(Kind.Real, default, real);

    public static EquationNumber Of(BigInteger whole) => whole.GetBitLength() <= MaxBits ? new(Kind.Whole, whole, 0) : Failed;

    /// <summary>Converts to double; returns null for a failed number or an integer beyond double precision's range.</summary>
    public double? ToDouble() => _kind switch
    {
        Kind.Real => _real,
        Kind.Whole when BigInteger.Abs(_whole) <= (BigInteger)ExactBelow => (double)_whole,

        // The cast truncates; parsing rounds to the nearest value, as Python does.
        Kind.Whole => double.Parse(_whole.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) is double d
            && double.IsFinite(d)
            ? d
            : null,
        _ => null,
    };

    public static EquationNumber operator +(EquationNumber a, EquationNumber b) =>
        Both(a, b, static (x, y) => Of(x + y), static (x, y) => Of(x + y));

    public static EquationNumber operator -(EquationNumber a, EquationNumber b) =>
        Both(a, b, static (x, y) => Of(x - y), static (x, y) => Of(x - y));

    public static EquationNumber operator *(EquationNumber a, EquationNumber b) =>
        Both(a, b, static (x, y) => Of(x * y), static (x, y) => Of(x * y));

    /// <summary>True division: the result is real even for integers; division by zero fails.</summary>
    public static EquationNumber operator /(EquationNumber a, EquationNumber b) => b.IsTrue
        ? Both(a, b, static (x, y) => TrueQuotient(x, y), static (x, y) => Of(x / y))
        : Failed;

    /// <summary>The result has the sign of the divisor; division by zero fails.</summary>
    public static EquationNumber operator %(EquationNumber a, EquationNumber b) => b.IsTrue
        ? Both(a, b, static (x, y) => Of(x - (FloorQuotient(x, y) * y)), static (x, y) => Of(FloorRemainder(x, y)))
        : Failed;

    public static EquationNumber operator -(EquationNumber a) =>
        a._kind == Kind.Real ? Of(-a._real) : a._kind == Kind.Whole ? Of(-a._whole) : Failed;

    public static EquationNumber operator ~(EquationNumber a) => a._kind == Kind.Whole ? Of(-a._whole - 1) : Failed;

    public static EquationNumber operator &(EquationNumber a, EquationNumber b) => Wholes(a, b, static (x, y) => Of(x & y));

    public static EquationNumber operator |(EquationNumber a, EquationNumber b) => Wholes(a, b, static (x, y) => Of(x | y));

    public static EquationNumber operator ^(EquationNumber a, EquationNumber b) => Wholes(a, b, static (x, y) => Of(x ^ y));

    /// <summary>Division rounded towards minus infinity; division by zero fails.</summary>
    public static EquationNumber FloorDivide(EquationNumber a, EquationNumber b) => b.IsTrue
        ? Both(a, b, static (x, y) => Of(FloorQuotient(x, y)), static (x, y) => Of(FloorQuotient(x, y)))
        : Failed;

    public static EquationNumber ShiftLeft(EquationNumber a, EquationNumber b) =>
        Wholes(a, b, static (x, y) => y.Sign < 0 || (y > MaxBits && !x.IsZero) ? Failed : x.IsZero ? Of(x) : Of(x << (int)y));

    public static EquationNumber ShiftRight(EquationNumber a, EquationNumber b) =>
        Wholes(a, b, static (x, y) => y.Sign < 0 ? Failed : Of(x >> (int)BigInteger.Min(y, MaxBits)));

    public static EquationNumber Power(EquationNumber a, EquationNumber b)
    {
        if (a._kind == Kind.Whole && b._kind == Kind.Whole && b._whole.Sign >= 0)
        {
            return WholePower(a._whole, b._whole);
        }

        if (a.ToDouble() is not double x
            || b.ToDouble() is not double y
            || (x == 0 && y < 0)
            || (x < 0 && double.IsFinite(x) && double.IsFinite(y) && y != Math.Floor(y)))
        {
            return Failed; // zero to a negative power, or a complex result
        }

        double power = Math.Pow(x, y);
        return double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y) ? Failed : Of(power); // Python raises OverflowError
    }

    /// <summary>Returns −1, 0 or 1; null if either number is failed or NaN.</summary>
    public static int? Compare(EquationNumber a, EquationNumber b)
    {
        if (a._kind == Kind.Whole && b._kind == Kind.Whole)
        {
            return a._whole.CompareTo(b._whole);
        }

        return a.ToDouble() is double x && b.ToDouble() is double y && !double.IsNaN(x) && !double.IsNaN(y) ? x.CompareTo(y) : null;
    }

    private static EquationNumber Both(
        EquationNumber a, EquationNumber b, Func<BigInteger, BigInteger, EquationNumber> whole, Func<double, double, EquationNumber> real)
    {
        if (a._kind == Kind.Whole && b._kind == Kind.Whole)
        {
            return whole(a._whole, b._whole);
        }

        return a.ToDouble() is double x && b.ToDouble() is double y ? real(x, y) : Failed;
    }

    private static EquationNumber Wholes(EquationNumber a, EquationNumber b, Func<BigInteger, BigInteger, EquationNumber> whole) =>
        a._kind == Kind.Whole && b._kind == Kind.Whole ? whole(a._whole, b._whole) : Failed;

    private static EquationNumber WholePower(BigInteger x, BigInteger exponent)
    {
        if (exponent.IsZero || x.IsOne)
        {
            return Of(BigInteger.One);
        }

        if (x.IsZero)
        {
            return Of(BigInteger.Zero);
        }

        if (x == BigInteger.MinusOne)
        {
            return Of(exponent.IsEven ? BigInteger.One : BigInteger.MinusOne);
        }

        // |x| ≥ 2: the power has more than (bits − 1) · exponent bits.
        long bits = Math.Max(1, BigInteger.Abs(x).GetBitLength() - 1);
        return exponent <= MaxBits / bits ? Of(BigInteger.Pow(x, (int)exponent)) : Failed;
    }

    /// <summary>Divides with a single rounding, whatever the size of the operands.</summary>
    private static EquationNumber TrueQuotient(BigInteger x, BigInteger y)
    {
        // Enough bits that the remainder, kept as a sticky last bit, only affects the direction of rounding.
        int shift = (int)Math.Max(0, 66 + BigInteger.Abs(y).GetBitLength() - BigInteger.Abs(x).GetBitLength());
        BigInteger quotient = BigInteger.DivRem(x << shift, y, out BigInteger remainder);
        BigInteger odd = remainder.IsZero || !quotient.IsEven ? BigInteger.Zero : BigInteger.One;
        quotient += x.Sign == y.Sign ? odd : -odd;
        return new EquationNumber(Kind.Whole, quotient, 0).ToDouble() is double d ? Of(Math.ScaleB(d, -shift)) : Failed;
    }

    private static BigInteger FloorQuotient(BigInteger x, BigInteger y)
    {
        BigInteger quotient = BigInteger.DivRem(x, y, out BigInteger remainder);
        return !remainder.IsZero && remainder.Sign != y.Sign ? quotient - 1 : quotient;
    }

    private static double FloorRemainder(double x, double y)
    {
        double remainder = x % y; // C's fmod, with the sign of x
        return remainder == 0 ? Math.CopySign(0, y) : remainder < 0 != y < 0 ? remainder + y : remainder;
    }

    /// <summary>
    /// Computes the quotient from the remainder, as Python does, so that quotient · divisor + remainder equals the dividend.
    /// </summary>
    private static double FloorQuotient(double x, double y)
    {
        double quotient = (x - FloorRemainder(x, y)) / y;
        if (quotient == 0)
        {
            return Math.CopySign(0, x / y);
        }

        double floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }
}
