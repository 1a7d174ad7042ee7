using System.Security.Cryptography;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Finds files that are given twice for an import: the same path, or another file with the same bytes.</summary>
internal static class SameFiles
{
    /// <returns>What is probably not meant, one sentence each.</returns>
    /// <exception cref="InputException">Training rows are given as validation or test rows, too, so that these measure memory.</exception>
    public static async Task<IReadOnlyList<string>> DoubtsAsync(ImportRequest request, CancellationToken stop)
    {
        var doubts = new List<string>();
        foreach (IGrouping<long, ImportFile> equallyLong in request.Files.GroupBy(file => LengthOf(file.Path)).Where(AreSeveral))
        {
            var digests = new List<(string Digest, ImportFile File)>();
            foreach (ImportFile file in equallyLong)
            {
                digests.Add((await DigestAsync(file.Path, stop), file));
            }

            foreach (ImportFile[] same in
                digests.GroupBy(each => each.Digest, each => each.File).Where(AreSeveral).Select(group => group.ToArray()))
            {
                doubts.Add(DoubtOn(same, [.. same.Select(request.SplitOf)]));
            }
        }

        return doubts;
    }

    private static string DoubtOn(ImportFile[] same, string?[] splits)
    {
        string names = string.Join(" and ", same.Select(file => file.Path).Distinct());
        string? other = splits.FirstOrDefault(split => split is not null && split != Dataset.Train);
        if (splits.Contains(Dataset.Train) && other is not null)
        {
            throw new InputException($"The training rows are the {other} rows, too ({names}), so {other} accuracy would measure memory; "
                + $"name other rows with {other}=FILE, or leave {other} out: a part of the training rows then serves for it.");
        }

        return splits.Distinct().Count() > 1
            ? $"Validation and test have the same rows ({names}), so the best weights are chosen on the test rows."
            : $"{names} {(same.Select(file => file.Path).Distinct().Count() > 1 ? "have the same rows" : "is given twice")}, "
                + $"so each row counts {(same.Length == 2 ? "twice" : $"{same.Length} times")}.";
    }

    private static bool AreSeveral<T>(IEnumerable<T> group) => group.Skip(1).Any();

    private static long LengthOf(string path)
    {
        using FileStream stream = SourceStream.OpenRaw(path);
        return stream.Length;
    }

    private static async Task<string> DigestAsync(string path, CancellationToken stop)
    {
        await using FileStream stream = SourceStream.OpenRaw(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, stop));
    }
}
