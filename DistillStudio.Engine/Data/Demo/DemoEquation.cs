namespace DistillStudio.Engine.Data.Demo;

/// <summary>An equation of one or two steps, <c>( a + b )</c> or <c>( ( a + b ) * c )</c>: SVAMP's form with integers.</summary>
internal readonly record struct DemoEquation(string Operators, int A, int B, int C)
{
    /// <summary>Returns the value of each step; never NaN, since no operand is 0.</summary>
    public IEnumerable<double> Steps()
    {
        double value = A;
        for (int i = 0; i < Operators.Length; i++)
        {
            value = Apply(Operators[i], value, i == 0 ? B : C);
            yield return value;
        }
    }

    public double Value => Steps().Last();

    /// <summary>True if every step gives an integer from 1 to 999.</summary>
    public bool IsTidy => Steps().All(v => v is >= 1 and <= 999 && double.IsInteger(v));

    /// <summary>The whole equation without its outermost brackets.</summary>
    public string Inner => Operators.Length == 1 ? $"{A} {Operators[0]} {B}" : $"( {A} {Operators[0]} {B} ) {Operators[1]} {C}";

    public override string ToString() => $"( {Inner} )";

    private static double Apply(char symbol, double left, double right) => symbol switch
    {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => left / right,
        _ => throw new ArgumentOutOfRangeException(nameof(symbol), symbol, "no such operator"),
    };
}
