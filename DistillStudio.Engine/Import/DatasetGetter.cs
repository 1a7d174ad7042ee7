using System.Security.Cryptography;
using System.Text;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Import;

/// <summary>How often a teacher's labels agree with the truth, with the figure expected of the published files.</summary>
/// <param name="Expected">Null if no figure is known.</param>
public sealed record TeacherProof(string Teacher, string Split, int Rows, double Agreement, double? Expected)
{
    public bool IsAsExpected => Expected is null || Math.Abs(Agreement - Expected.Value) < 1e-9;
}

/// <param name="Splits">Number of rows of each split.</param>
/// <param name="Notes">What the user should know; one sentence each.</param>
public sealed record GetResult(
    string Name, IReadOnlyDictionary<string, int> Splits, IReadOnlyList<TeacherProof> Teachers, IReadOnlyList<string> Notes);

/// <param name="Stage">The current activity, in one word.</param>
/// <param name="Data">The bytes so far.</param>
public sealed record GetProgress(string Stage, DownloadProgress Data)
{
    /// <summary>The progress as a phrase: <c>downloading 12 MB of 125 MB</c>.</summary>
    public string Text => Data.Waiting is { } why ? $"{Stage}: {why}" : $"{Stage} {Data.Text}".TrimEnd();

    /// <summary>Fraction completed, in [0, 1]; null if unknown.</summary>
    public double? Share => (double?)Data.Bytes / Data.Total;
}

/// <summary>Gets a published dataset: downloads the original's archive, extracts the dataset's files, and checks them.</summary>
public sealed class DatasetGetter(Downloader downloader)
{
    /// <summary>Environment variable with another address of the archive.</summary>
    public const string Variable = "DISTILLSTUDIO_DATASETS_URL";

    private const string Published = "https://github.com/google-research/distilling-step-by-step/raw/main/datasets.zip";
    private const string DownloadFolder = ".downloads";
    private const long LargestArchive = 8L * ByteSize.GB;

    /// <summary>The datasets that the archive holds.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cqa", "svamp", "esnli", "anli1"];

    /// <summary>Returns the source of the archive: the one given, else that of <see cref="Variable"/>, else the
    /// original's.</summary>
    public static string SourceOf(string? given) =>
        !string.IsNullOrWhiteSpace(given)
            ? given.Trim()
            : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? named
            : Published;

    /// <summary>Checks a source as far as possible without requesting it.</summary>
    /// <param name="place">Where it was given, for the message.</param>
    /// <exception cref="InputException">It is neither an http or https address nor a path.</exception>
    public static void RequireSource(string source, string place)
    {
        bool isAddress = source.Contains("://", StringComparison.Ordinal);
        if (string.IsNullOrWhiteSpace(source) || source.Contains('\0', StringComparison.Ordinal)
            || (
                isAddress && (!Uri.TryCreate(source, UriKind.Absolute, out Uri? address)
                    || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))))
        {
            throw new InputException($"{place} is neither an http or https address nor an archive or folder; write it as {Published}.");
        }
    }

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="source">An http or https address, a zip archive or a folder.</param>
    /// <param name="sha256">SHA-256 that the archive must have; null if it is not known.</param>
    /// <param name="progress">Called as data arrives; may be null.</param>
    /// <exception cref="InputException">The dataset already exists, or the source does not contain it.</exception>
    /// <exception cref="StudioException">The archive cannot be downloaded or written.</exception>
    public async Task<GetResult> GetAsync(
        string name, string dataDir, string source, string? sha256, Action<GetProgress>? progress, CancellationToken stop)
    {
        if (!Names.Contains(name))
        {
            throw new InputException($"{name} cannot be downloaded; choose one of {string.Join(", ", Names)}, or import files "
                + $"with datasets import.");
        }

        StagingFolder.RequireFree(dataDir, name);
        bool isAddress = source.Contains("://", StringComparison.Ordinal);
        string archive = isAddress ? await DownloadAsync(new Uri(source), dataDir, sha256, progress, stop) : RequirePlace(source);
        try
        {
            return await Task.Run(() => Install(name, archive, dataDir, progress, stop), stop);
        }
        catch (InputException e) when (isAddress)
        {
            File.Delete(archive); // a retry would fail again
            throw new InputException($"The download from {source} cannot be used: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudioException(
                $"{name} cannot be written ({e.Message.TrimEnd('.')}); free some space, or name another folder with --data-dir or --home.",
                cause: e);
        }
    }

    /// <summary>Installs the files of a folder or archive under the dataset's own name.</summary>
    internal static GetResult Install(string name, string archive, string dataDir, Action<GetProgress>? progress, CancellationToken stop)
    {
        using var staging = StagingFolder.Create(dataDir);
        int files = PublishedArchive.Extract(
            archive, name, staging.Path, bytes => progress?.Invoke(new("unpacking", new(bytes, null))), stop);
        if (files == 0)
        {
            throw new InputException($"{archive} holds no files of {name}; name the archive or folder that holds "
                + $"{name}/{name}_train.json.");
        }

        progress?.Invoke(new("checking", new(0, null)));
        Dataset dataset = DatasetReader.Load(name, staging.Path);
        GetResult result = Check(dataset);
        stop.ThrowIfCancellationRequested();
        if (Directory.Exists(Path.Combine(staging.Path, DatasetLayout.GptFolder, name)))
        {
            staging.Publish(Path.Combine(DatasetLayout.GptFolder, name));
        }

        staging.Publish(name);
        return result;
    }

    private static GetResult Check(Dataset dataset)
    {
        DatasetStatistics statistics = DatasetStatistics.Of(dataset);
        DatasetInfo info = DatasetCatalog.Get(dataset.Name);
        (string Split, int Rows)[] published =
            [(Dataset.Train, info.TrainRows), (Dataset.Valid, info.ValidRows), (Dataset.Test, info.TestRows)];
        TeacherProof[] proofs = [.. statistics.Splits.SelectMany(split => split.Value.Teachers.Select(teacher =>
            new TeacherProof(
                teacher.Key, split.Key, teacher.Value.Rows, teacher.Value.Accuracy,
                PublishedFigures.Find(dataset.Name, split.Key, teacher.Key))))];
        string[] notes =
        [
            .. published.Where(split => statistics.Splits.GetValueOrDefault(split.Split)?.Rows is var rows && (rows ?? 0) != split.Rows)
                .Select(split => $"{split.Split} has {statistics.Splits.GetValueOrDefault(split.Split)?.Rows ?? 0:N0} rows, but "
                    + $"{split.Rows:N0} were published."),
            .. proofs.Where(proof => !proof.IsAsExpected).Select(proof => $"{proof.Teacher} agrees with {proof.Agreement:0.00 %} of the "
                + $"{proof.Split} rows, but {proof.Expected:0.00 %} is expected: these are not the published files."),
        ];
        return new(dataset.Name, statistics.Splits.ToDictionary(split => split.Key, split => split.Value.Rows), proofs, notes);
    }

    /// <summary>Returns the downloaded archive, which is kept for the other datasets in it.</summary>
    private async Task<string> DownloadAsync(
        Uri address, string dataDir, string? sha256, Action<GetProgress>? progress, CancellationToken stop)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri)))[..12];
        string path = Path.Combine(dataDir, DownloadFolder, $"{key}.zip");
        if (File.Exists(path))
        {
            if (sha256 is null || await HasHashAsync(path, sha256, stop))
            {
                return path;
            }

            File.Delete(path); // downloaded without that SHA-256
        }

        var request = new DownloadRequest(address, path) { Sha256 = sha256, LimitBytes = LargestArchive };
        try
        {
            await downloader.DownloadAsync(request, download => progress?.Invoke(new("downloading", download)), stop);
            return path;
        }
        catch (InputException)
        {
            string folder = Path.GetDirectoryName(path)!;
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }

            throw;
        }
    }

    private static async Task<bool> HasHashAsync(string path, string sha256, CancellationToken stop)
    {
        await using FileStream archive = PlainFile.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(archive, stop)).Equals(sha256, StringComparison.OrdinalIgnoreCase);
    }

    private static string RequirePlace(string source)
    {
        string path = UserPath.Expand(source);
        return Path.Exists(path) ? path : throw new InputException($"{path} does not exist; name an archive, a folder or an address with "
            + $"--from.");
    }
}
