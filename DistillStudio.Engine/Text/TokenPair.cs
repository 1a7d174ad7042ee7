namespace DistillStudio.Engine.Text;

/// <summary>A model's input and target, as ids that end with <c>&lt;/s&gt;</c>.</summary>
public sealed record TokenPair(int[] Input, int[] Target)
{
    /// <summary>Number of ids on both sides, none of which is padding.</summary>
    public int Count => Input.Length + Target.Length;
}
