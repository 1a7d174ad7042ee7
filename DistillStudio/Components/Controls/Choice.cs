namespace DistillStudio.Components.Controls;

/// <summary>One of several mutually exclusive choices.</summary>
/// <param name="WhyNot">Reason why it cannot be chosen; null if it can.</param>
public sealed record Choice(string Value, string Title, string Explanation, string? WhyNot)
{
    /// <summary>Method that the choice stands for, shown with its colour; null for anything else.</summary>
    public string? Method { get; init; }
}
