using System.Security.Cryptography;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Import;

/// <summary>Imports tables as a dataset: reads them row by row, writes the dataset next to the others, and publishes it when it is
/// complete.</summary>
public static class DatasetImporter
{
    /// <param name="request">What to import.</param>
    /// <param name="acceptsRejected">Returns true if that many rejected rows are accepted; called above
    /// <see cref="ImportRequest.RejectedShare"/>.</param>
    /// <param name="progress">Called as files are read; may be null.</param>
    /// <param name="stop">Cancels the import and leaves nothing behind.</param>
    /// <exception cref="TooManyRejectedException">Too many rows were rejected, and they are not accepted.</exception>
    /// <exception cref="InputException">The request, a file or its rows cannot be used.</exception>
    /// <exception cref="StudioException">The disk is full, or the data folder cannot be written.</exception>
    public static async Task<ImportResult> ImportAsync(
        ImportRequest request, Func<ImportResult, bool>? acceptsRejected, Action<ImportProgress>? progress, CancellationToken stop)
    {
        IReadOnlyList<string> doubts = await RequireAsync(request, stop);
        var mapper = new RowMapper(request.Mapping);
        if (request.IsDryRun)
        {
            var counts = new ImportCounts();
            await new SourceReading(request, mapper, counts, (_, _) => { }, progress).ReadAsync(stop);
            return Doubted(new Division(request, counts).Result(), doubts);
        }

        try
        {
            using var staging = StagingFolder.Create(request.DataDir);
            return Doubted(await ImportAsync(request, mapper, staging, acceptsRejected, progress, stop), doubts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(request, e);
        }
    }

    private static StudioException Unwritable(ImportRequest request, Exception cause) => new(
        $"{request.Name} cannot be written ({cause.Message.TrimEnd('.')}); nothing was imported. Free some space, "
            + $"or name another folder with --data-dir or --home.",
        cause: cause);

    private static async Task<ImportResult> ImportAsync(
        ImportRequest request, RowMapper mapper, StagingFolder staging, Func<ImportResult, bool>? acceptsRejected,
        Action<ImportProgress>? progress, CancellationToken stop)
    {
        var counts = new ImportCounts();
        string[] teachers =
            [.. new[] { request.Mapping.Rationale is null ? null : ColumnMapping.OwnTeacher, request.Mapping.Teacher }.OfType<string>()];
        string undivided = Path.Combine(staging.Path, "undivided");
        var writers = new Dictionary<string, SplitWriter>();
        try
        {
            await new SourceReading(request, mapper, counts, Write, progress).ReadAsync(stop);
            foreach (SplitWriter writer in writers.Values)
            {
                writer.Finish();
            }
        }
        finally
        {
            foreach (SplitWriter writer in writers.Values)
            {
                writer.Dispose();
            }
        }

        var division = new Division(request, counts);
        ImportResult result = division.Result();
        if (result.RejectedShare > ImportRequest.RejectedShare && acceptsRejected?.Invoke(result) != true)
        {
            throw new TooManyRejectedException(result);
        }

        division.Divide(undivided, staging.Path, teachers, stop);
        DatasetCard card =
            new(
                request.Name, request.Mapping.Task, DateTimeOffset.UtcNow, await SourcesAsync(request, stop), request.Mapping,
                division.Rule, result.Splits, result.Rejected.Count);
        card.Write(Path.Combine(staging.Path, request.Name));
        stop.ThrowIfCancellationRequested();
        staging.Publish(request.Name);
        return result;

        void Write(string split, ImportedRow row)
        {
            try
            {
                if (!writers.TryGetValue(split, out SplitWriter? writer))
                {
                    writers[split] = writer = new(split == Dataset.Train ? undivided : staging.Path, request.Name, split, teachers);
                }

                writer.Write(row);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unwritable(request, e); // otherwise taken for a failure to read the source
            }
        }
    }

    private static ImportResult Doubted(ImportResult result, IReadOnlyList<string> doubts) =>
        result with { Notes = [.. doubts, .. result.Notes] };

    /// <summary>Checks what can be checked before the first row is read; returns what is probably not meant, one sentence each.</summary>
    private static async Task<IReadOnlyList<string>> RequireAsync(ImportRequest request, CancellationToken stop)
    {
        var doubts = new List<string>();
        DatasetNames.RequireNew(request.Name);
        StagingFolder.RequireFree(request.DataDir, request.Name);
        if (request.Files.Count == 0)
        {
            throw new InputException("There is nothing to import; name a file with --file.");
        }

        foreach (double? share in new[] { request.ValidShare, request.TestShare })
        {
            if (share is not (null or (>= 0 and < 1)))
            {
                throw new InputException($"A share of {share} is out of range; give a fraction from 0 to below 1 with --valid-share and "
                    + $"--test-share.");
            }
        }

        if (request.SplitColumn is not null && (request.ValidShare ?? request.TestShare) is not null)
        {
            throw new InputException("--split-column excludes --valid-share and --test-share, because the column gives each row's split.");
        }

        if (request.TeacherFiles.Count > 0 && request.Mapping.Teacher is null)
        {
            throw new InputException("A teacher's files need the teacher's name; give it with --teacher.");
        }

        foreach (ImportFile file in request.Files)
        {
            var sample = await SourceSample.ReadAsync(file.Path, stop);
            sample.RequireColumns(
                [
                    .. new RowMapper(request.Mapping).Columns,
                    .. new[] { request.SplitColumn, request.TeacherFiles.Count > 0 ? request.Mapping.Key : null }.OfType<string>(),
                ]);
            if (request.TeacherFiles.Count == 0)
            {
                sample.RequireColumns([.. new[] { request.Mapping.TeacherLabel, request.Mapping.TeacherRationale }.OfType<string>()]);
            }

            if (HeaderCheck.Doubt(sample) is { } doubt)
            {
                doubts.Add(doubt);
            }
        }

        doubts.AddRange(await SameFiles.DoubtsAsync(request, stop));
        foreach (ImportFile file in request.TeacherFiles)
        {
            (await SourceSample.ReadAsync(file.Path, stop)).RequireColumns(
                [.. new[] { request.Mapping.TeacherLabel, request.Mapping.TeacherRationale, request.Mapping.Key }.OfType<string>()]);
        }

        return doubts;
    }

    private static async Task<IReadOnlyList<CardSource>> SourcesAsync(ImportRequest request, CancellationToken stop)
    {
        var sources = new List<CardSource>();
        foreach (ImportFile file in request.Files.Concat(request.TeacherFiles))
        {
            await using FileStream stream = SourceStream.OpenRaw(file.Path);
            sources.Add(
                new(Path.GetFileName(file.Path), stream.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, stop))));
        }

        return sources;
    }
}
