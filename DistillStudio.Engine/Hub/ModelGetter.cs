using System.Net;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Downloads;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Engine.Hub;

/// <summary>Progress of getting a model.</summary>
/// <param name="Stage">The current activity, as a phrase.</param>
/// <param name="Bytes">Bytes on disk.</param>
/// <param name="Total">Bytes of all files announced so far; null if there is none.</param>
public sealed record ModelProgress(string Stage, long Bytes, long? Total)
{
    /// <summary>Why nothing arrives, and when it is tried again; null while data arrives.</summary>
    public string? Waiting { get; init; }

    /// <summary>The progress as a phrase: <c>downloading model.safetensors 12 MB of 125 MB</c>.</summary>
    public string Text => Waiting is { } why ? $"{Stage}: {why}" : $"{Stage} {new DownloadProgress(Bytes, Total).Text}".TrimEnd();

    /// <summary>Fraction completed, in [0, 1]; null if unknown.</summary>
    public double? Share => Total is > 0 and { } total ? Math.Clamp((double)Bytes / total, 0, 1) : null;
}

/// <summary>A model that was imported into the home.</summary>
/// <param name="FromCache">True if every file came from the cache of the Hugging Face libraries.</param>
public sealed record BroughtModel(string Name, string Folder, ModelInfo Info, ModelOrigin Origin, bool FromCache);

/// <summary>Downloads models from a hub into the home's models. Nothing appears there before it is complete and readable.</summary>
public sealed class ModelGetter(Downloader downloader, HubAddress hub, StudioHome home)
{
    /// <param name="name">Its name on the hub, such as <c>google/t5-efficient-mini</c>.</param>
    /// <param name="revision">A branch, tag or commit.</param>
    /// <param name="progress">Called from any thread; may be null.</param>
    /// <param name="stop">Interrupts it; the next call for the same model resumes.</param>
    /// <exception cref="InputException">The model cannot be downloaded or used.</exception>
    /// <exception cref="StudioException">The hub cannot be reached, or the disk is full.</exception>
    public async Task<BroughtModel> GetAsync(string name, string revision, Action<ModelProgress>? progress, CancellationToken stop)
    {
        name = ModelStore.NameOf(name);
        HubAddress.RequireRevision(revision);
        string target = ModelStore.RequireNew(home, name);
        using ModelStaging staging = ModelStaging.Open(home.Models, name, $"{hub.Endpoint}\n{name}\n{revision}");
        try
        {
            if (HubCache.Find(name, revision) is { } snapshot && IsWhole(snapshot))
            {
                return FromCache(staging, name, revision, snapshot, target, progress, stop);
            }

            using var transfer = new ModelTransfer(downloader, hub, staging, name, revision, progress);
            await FetchAsync(transfer, staging, name, revision, stop);
            ModelInfo info = Check(staging, name);
            return Install(
                staging, target, name, info,
                new(hub.Endpoint.ToString(), name, revision, transfer.Commit, DateTimeOffset.UtcNow, transfer.Files), fromCache: false);
        }
        catch (IOException e)
        {
            throw new StudioException($"{staging.WhyUnwritable(e)}; free some space, then the same command resumes.", cause: e);
        }
        catch (InputException)
        {
            staging.DeleteSmall();
            throw;
        }
        catch (StudioException e) when (staging.IsNamedIn(e))
        {
            throw staging.Rename(e);
        }
    }

    private async Task FetchAsync(ModelTransfer transfer, ModelStaging staging, string name, string revision, CancellationToken stop)
    {
        try
        {
            string version = await transfer.GetConfigAsync(stop);
            staging.RequireVersion(version);
            transfer.PlaceConfig();
        }
        catch (DownloadRefusedException e)
        {
            staging.Delete();
            throw Explain(e, name, revision);
        }

        // Determines the kind of model before its weights are downloaded.
        await transfer.TryAsync(Text.TokenizerSettingsFile.ConfigName, stop);
        CheckKind(staging, name);
        try
        {
            Task<bool> weights = transfer.GetWeightsAsync(stop);
            await Task.WhenAll(HubFiles.Optional.Select(file => transfer.TryAsync(file, stop)).Append(weights));
            if (!await weights)
            {
                staging.Delete();
                throw new InputException($"{name} has no readable weights "
                    + $"({string.Join(", ", HubFiles.Weights.Where(each => !HubFiles.IsIndex(each)))}, or one of them in parts); "
                    + $"convert them with transformers (save_pretrained), or choose another model.");
            }
        }
        catch (DownloadRefusedException e)
        {
            throw Explain(e, name, revision);
        }
    }

    private static bool IsWhole(string snapshot)
    {
        FolderContent content = HuggingFaceFolder.Inspect(snapshot);
        return content is { Problem: null, WeightsFile: not null } && Text.TokenizerFiles.HasVocabulary(snapshot);
    }

    private BroughtModel FromCache(
        ModelStaging staging, string name, string revision, string snapshot, string target, Action<ModelProgress>? progress,
        CancellationToken stop)
    {
        staging.RequireVersion($"cache {snapshot}");
        IReadOnlyList<OriginFile> files = FolderCopy.Copy(snapshot, staging.Path, "copying from the Hugging Face cache", progress, stop);
        ModelInfo info = Check(staging, name);
        return Install(
            staging, target, name, info, new(snapshot, name, revision, Path.GetFileName(snapshot), DateTimeOffset.UtcNow, files),
            fromCache: true);
    }

    private BroughtModel Install(ModelStaging staging, string target, string name, ModelInfo info, ModelOrigin origin, bool fromCache)
    {
        origin.Write(staging.Path);
        staging.Publish(home, target);
        return new(name, target, info, origin, fromCache);
    }

    /// <summary>Checks the config before the weights are downloaded; an unusable model leaves nothing behind.</summary>
    private static void CheckKind(ModelStaging staging, string name)
    {
        try
        {
            HuggingFaceFolder.ReadConfig(staging.Path);
        }
        catch (InputException e)
        {
            InputException renamed = staging.Rename(e, name);
            staging.Delete();
            throw renamed;
        }
    }

    private static ModelInfo Check(ModelStaging staging, string name)
    {
        try
        {
            return staging.Check(name);
        }
        catch (InputException)
        {
            staging.Delete();
            throw;
        }
    }

    private InputException Explain(DownloadRefusedException e, string name, string revision)
    {
        string page = hub.PageOf(name).ToString();
        bool isUnknown = e.Code == "RepoNotFound" || (e.Status == HttpStatusCode.NotFound && e.Code is null or "RepositoryNotFound");
        return isUnknown ? new InputException($"{name} is unknown at {hub.Endpoint.Host}, or has no {T5ConfigFile.FileName} in {revision}; "
            + $"check the name at {page}{(HubAddress.HasToken ? "" : $", or set {HubAddress.TokenVariable} if it is private")}.", e)
            : e.Code == "RevisionNotFound" ? new InputException($"{name} has no revision {revision}; omit --revision for the newest, "
                + $"or see {page}.", e)
            : e.Status == HttpStatusCode.NotFound ? new InputException($"{name} has no {T5ConfigFile.FileName} in {revision}, "
                + $"so it is not a transformers model; see {page}.", e)
            : e.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? new InputException(
                !HubAddress.HasToken ? $"{name} requires permission ({(int)e.Status}); accept its conditions at {page} "
                    + $"and set {HubAddress.TokenVariable} to your token."
                : !hub.MayHaveToken ? $"{name} requires permission ({(int)e.Status}), and {HubAddress.TokenVariable} is "
                    + $"not sent over http; name the hub with https."
                : $"{name} is not accessible with {HubAddress.TokenVariable} ({(int)e.Status}); accept its conditions at {page} with "
                    + $"the token's account, or set another token.",
                e)
            : e;
    }
}
