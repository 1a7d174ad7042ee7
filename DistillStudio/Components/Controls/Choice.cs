namespace DistillStudio.Components.Controls;

/// <summary>One of a few that exclude each other.</summary>
/// <param name="WhyNot">Why it cannot be chosen; null where it can.</param>
public sealed record Choice(string Value, string Title, string Explanation, string? WhyNot);
