namespace DistillStudio.Views;

/// <summary>A view of the table of runs under a name.</summary>
/// <param name="Query">The view as the query of its address, without the question mark.</param>
public sealed record SavedView(string Name, string Query);

/// <summary>The user's saved views and pins for the table of runs.</summary>
public sealed record SavedViews
{
    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<SavedView> Views { get; init; } = [];

    /// <summary>Ids of the runs listed first.</summary>
    public IReadOnlyList<string> Pinned { get; init; } = [];
}
