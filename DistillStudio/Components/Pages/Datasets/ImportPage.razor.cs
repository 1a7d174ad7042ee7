using DistillStudio.Components.Controls;
using DistillStudio.Components.Interactivity;
using DistillStudio.Datasets;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Components;

namespace DistillStudio.Components.Pages.Datasets;

/// <summary>Form that makes a dataset from files. Its state is stored in the URL.</summary>
public sealed partial class ImportPage(
    DatasetJobs jobs, Uploads uploads, StudioHome home, RunActions actions, BrowserInterop script, NavigationManager navigation)
    : LiveComponent, IDisposable
{
    private ImportDraft _draft = new();
    private SourceSample? _sample;
    private SourceSample? _teacherSample;
    private ImportPreview? _preview;
    private PageQuery? _link;
    private string? _trouble;
    private string? _imported;

    private DatasetJob? Job => _draft.Name.Length == 0 ? null : jobs.Find(_draft.Name);

    private IReadOnlyList<string> TeacherColumns => _teacherSample?.Columns ?? _sample?.Columns ?? [];

    protected override void OnInitialized()
    {
        _draft = ImportDraft.Read(_link = PageQuery.Of(navigation));
        jobs.Changed += OnChanged;
        Start(ReadAsync);
    }

    public void Dispose() => jobs.Changed -= OnChanged;

    private void OnChanged() => Start(StateHasChanged);

    private void Set(ImportDraft draft)
    {
        _draft = draft;
        script.KeepAddress(navigation, _draft.Write());
        Preview();
    }

    private void Preview() =>
        _preview = _sample is { } sample && _draft.Mapping is { } mapping
            ? ImportPreview.Of(sample, mapping, _draft.TeacherFiles.Count > 0)
            : null;

    private async Task AddFileAsync(string path)
    {
        string expanded = UserPath.Expand(path);
        ImportFile[] kept = [.. _draft.Files.Where(file => !IsGone(file))];
        string? split = _draft.Files.FirstOrDefault(file => IsGone(file) && Path.GetFileName(file.Path) == Path.GetFileName(expanded))
            is { } again ? again.Split : kept.Length == 0 ? null : SplitName.OfFile(expanded);
        Set(_draft with { FilesOrNull = [.. kept, new(expanded, split)] });
        await ReadAsync();
    }

    private async Task AddTeacherFileAsync(string path)
    {
        Set(_draft with { TeacherFilesOrNull = [.. _draft.TeacherFiles.Where(file => !IsGone(file)), new(UserPath.Expand(path))] });
        await ReadAsync();
    }

    /// <summary>True for an upload that was deleted: one that is chosen again takes its place.</summary>
    private bool IsGone(ImportFile file) => uploads.IsOne(file.Path) && !File.Exists(file.Path);

    private Task UploadedAsync((string Kind, string Path) upload) =>
        upload.Kind == "rows" ? AddFileAsync(upload.Path) : AddTeacherFileAsync(upload.Path);

    private void SetSplit((ImportFile File, string? Split) change)
    {
        IReadOnlyList<ImportFile> With(IReadOnlyList<ImportFile> files) =>
            [.. files.Select(file => file == change.File ? file with { Split = change.Split } : file)];
        Set(_draft with { FilesOrNull = With(_draft.Files), TeacherFilesOrNull = With(_draft.TeacherFiles) });
    }

    private void RemoveFile(ImportFile file)
    {
        uploads.Delete(file.Path);
        Set(
            _draft with
            {
                FilesOrNull = [.. _draft.Files.Where(other => other != file)],
                TeacherFilesOrNull = [.. _draft.TeacherFiles.Where(other => other != file)],
            });
        Start(ReadAsync);
    }

    /// <summary>Reads the first rows; proposes a mapping and a name only where there is none yet.</summary>
    private async Task ReadAsync()
    {
        (_trouble, _imported, _sample, _teacherSample) = (null, null, null, null);
        try
        {
            foreach (ImportFile file in _draft.Files)
            {
                SourceSample sample = await SourceSample.ReadAsync(file.Path, CancellationToken.None);
                _sample ??= sample;
            }

            foreach (ImportFile file in _draft.TeacherFiles)
            {
                SourceSample sample = await SourceSample.ReadAsync(file.Path, CancellationToken.None);
                _teacherSample ??= sample;
            }

            if (_sample?.WhyEmpty is { } why)
            {
                (_trouble, _sample) = (why, null);
            }
        }
        catch (Exception e) when (e is StudioException)
        {
            string gone = string.Join(
                ", ", _draft.Files.Concat(_draft.TeacherFiles).Where(IsGone).Select(file => Path.GetFileName(file.Path)));
            bool isImported = gone.Length > 0 && Job is { State: BackgroundJobState.Done };
            _imported = isImported ? $"{gone} is imported. To import it in another way, choose it again." : null;
            _trouble = isImported ? null : gone.Length == 0 ? e.Message
                : $"{gone} was uploaded and is no longer kept; choose it again.";
        }

        if (_sample is { } read && _draft.Mapping is null)
        {
            _draft = _draft with
            {
                Mapping = MappingProposal.Propose(read.Rows),
                SplitColumn = _draft.SplitColumn ?? MappingProposal.SplitColumn(read.Rows),
                Name = _draft.Name.Length > 0 ? _draft.Name : ProposedName(read.Path),
            };
        }

        Set(_draft);
        StateHasChanged();
    }

    /// <summary>Returns the first part of the file's name if it is valid and free as a dataset's name; otherwise empty.</summary>
    private string ProposedName(string path)
    {
        string name = Path.GetFileName(path).Split('.')[0].ToLowerInvariant().Replace(' ', '-');
        bool isFree = DatasetNames.IsValid(name) && DatasetCatalog.All.All(known => known.Name != name)
            && DatasetNames.FindTaken(home.Datasets, name) is null;
        return isFree ? name : "";
    }

    private void Import(bool accepts)
    {
        ImportRequest request = _draft.ToRequest(home.Datasets, isDryRun: false);
        actions.Try(() => jobs.Import(request, accepts, result => DeleteUploads(request, result)));
    }

    /// <summary>Deletes uploads once they are imported; keeps them for another attempt otherwise. The rest are deleted when the studio next
    /// starts.</summary>
    private void DeleteUploads(ImportRequest request, DatasetJob ended)
    {
        foreach (ImportFile file in ended.State == BackgroundJobState.Done ? request.Files.Concat(request.TeacherFiles) : [])
        {
            uploads.Delete(file.Path);
        }
    }
}
