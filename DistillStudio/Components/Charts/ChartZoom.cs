using System.Collections.Immutable;
using System.Globalization;
using DistillStudio.Components.Interactivity;

namespace DistillStudio.Components.Charts;

/// <summary>The part of a figure that is shown.</summary>
/// <param name="X">Range of the x axis, in its base unit; null for all of it.</param>
/// <param name="Y">Ranges of y axes by <see cref="DistillStudio.Components.Presentation.ChartPanel.Name"/>, in drawn values.</param>
public sealed record ChartZoom(ChartRange? X, ImmutableSortedDictionary<string, ChartRange> Y)
{
    private const char OfParts = ':';

    public static ChartZoom None { get; } = new(null, ImmutableSortedDictionary<string, ChartRange>.Empty);

    public bool IsNone => X is null && Y.Count == 0;

    /// <summary>Reads a zoom from the address; skips invalid ranges.</summary>
    public static ChartZoom Read(PageQuery query) => new(
        query.Number("from") is { } from && query.Number("to") is { } to && from < to ? new(from, to) : null,
        query.List("y").Select(Parse).OfType<(string Panel, ChartRange Range)>().ToLookup(y => y.Panel, y => y.Range)
            .ToImmutableSortedDictionary(same => same.Key, same => same.Last(), StringComparer.Ordinal));

    public PageQuery Write(PageQuery query) => query.Set("from", X?.From).Set("to", X?.To).Set("y", Y.Select(Text));

    public bool Equals(ChartZoom? other) => other is not null && X == other.X && Y.SequenceEqual(other.Y);

    public override int GetHashCode() => HashCode.Combine(X, Y.Count);

    private static string Text(KeyValuePair<string, ChartRange> y) =>
        string.Create(CultureInfo.InvariantCulture, $"{y.Key}{OfParts}{y.Value.From:G6}{OfParts}{y.Value.To:G6}");

    private static (string Panel, ChartRange Range)? Parse(string text) =>
        text.Split(OfParts) is [{ Length: > 0 } panel, var low, var high] && Number(low) is { } from && Number(high) is { } to && from < to
            ? (panel, new ChartRange(from, to))
            : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
}

/// <summary>A range of an axis; <paramref name="From"/> is less than <paramref name="To"/>.</summary>
public sealed record ChartRange(double From, double To);
