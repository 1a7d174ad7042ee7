namespace DistillStudio.Engine.Text;

/// <summary>What a model reads and what it should write, as ids that end with <c>&lt;/s&gt;</c>.</summary>
public sealed record TokenPair(int[] Input, int[] Target)
{
    /// <summary>Ids on both sides, none of them padding.</summary>
    public int Count => Input.Length + Target.Length;
}
