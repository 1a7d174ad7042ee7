using DistillStudio.Components.Interactivity;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;
using DistillStudio.Jobs;
using DistillStudio.Teachers;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Pages.Teachers;

/// <summary>Form of a new teacher job, with the prompt of a real row and a dry run.</summary>
public sealed partial class TeacherFormPage(TeacherManager manager, ILaunchFacts advisor, StudioHome home, BrowserInterop script,
    ISnackbar snackbar, NavigationManager navigation) : LiveComponent, IDisposable
{
    private readonly TemplateStore _store = new(home);
    private readonly CancellationTokenSource _closed = new();
    private readonly List<string> _problems = [], _trialProblems = [];
    private TeacherDraft _draft = new();
    private IReadOnlyList<DatasetChoice> _datasets = [];
    private IReadOnlyList<PromptTemplate> _templates = [];
    private PromptTemplate? _template;
    private PromptKind _kind;
    private TeacherRows? _rows;
    private string _rowsKey = "";
    private string? _prompt;
    private int _promptTokens;
    private PageQuery? _link;
    private string? _trouble;
    private DryRun? _dryRun;
    private bool _isChanged, _isEdited, _isBusy, _isTrying;
    private int _turn;

    private IReadOnlyList<string> Others => _datasets.FirstOrDefault(d => d.Name == _draft.Dataset)?.Teachers ?? [];

    protected override void OnInitialized()
    {
        _draft = TeacherDraft.Read(_link = PageQuery.Of(navigation));
        Start(async () =>
        {
            _datasets = (await Task.Run(advisor.Choices)).Datasets;
            _templates = await Task.Run(_store.List);
            Set(_draft);
        });
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private void Set(TeacherDraft draft)
    {
        bool isOtherTemplate = _template is null || draft.Template != _draft.Template || draft.Dataset != _draft.Dataset;
        _isChanged |= draft != _draft;
        _draft = draft;
        script.KeepAddress(navigation, draft.Write());
        if (isOtherTemplate)
        {
            ChooseTemplate();
        }

        Check();
        StateHasChanged();
        Start(PreviewAsync);
    }

    private void ChooseTemplate()
    {
        _kind =
            DatasetCatalog.In(home.Datasets)
                .FirstOrDefault(d => d.Name == _draft.Dataset) is { } info ? BuiltInTemplates.KindOf(info.Format)
            : PromptKind.Text;
        string wanted = _draft.Template.Length > 0 ? _draft.Template : BuiltInTemplates.NameOf(_kind);
        string[] parts = wanted.Split('@', 2);
        _template = _templates.FirstOrDefault(t => t.Name == parts[0]
            && (parts.Length == 1 || t.Id == wanted)) ?? _templates.First(t => t.Name == BuiltInTemplates.NameOf(_kind));
        _isEdited = false;
    }

    private Task EditAsync(PromptTemplate template)
    {
        (_template, _isEdited) = (template, !_templates.Any(t => t.Id == template.Id && TemplateStore.IsSame(t, template)));
        Check();
        return PreviewAsync();
    }

    private async Task SaveTemplateAsync(string name)
    {
        await TryAsync(async () =>
        {
            PromptTemplate saved = await Task.Run(() => _store.Save(_template! with { Name = name }));
            _templates = await Task.Run(_store.List);
            snackbar.AddNote($"Saved as {saved.Id}.", Severity.Success);
            Set(_draft with { Template = saved.Id });
        });
    }

    private void Check()
    {
        _problems.Clear();
        _trialProblems.Clear();
        _draft.ToSpec(_template!, home.Datasets, _problems);
        _draft.ToSpec(_template!, home.Datasets, _trialProblems, isTrial: true);
    }

    /// <summary>Fills in the prompt of the chosen row; discards the result of an older call.</summary>
    private async Task PreviewAsync()
    {
        int turn = ++_turn;
        PromptTemplate template = _template!;
        TeacherDraft draft = _draft;
        try
        {
            TeacherJobSpec spec = draft.ToSpec(template, home.Datasets, []);
            string key = $"{spec.Dataset} {spec.Split} {spec.Selection} {spec.Of} {spec.Rows} {template.Purpose}";
            TeacherRows rows = key == _rowsKey && _rows is not null ? _rows : await Task.Run(() => TeacherRows.Load(spec));
            int row = rows.Indices[Math.Min(draft.Preview, rows.Indices.Count) - 1];
            (string text, int tokens) = await Task.Run(() =>
            {
                string prompt = rows.PromptOf(row, template).AsText();
                return (prompt, TokenCounter.Count(prompt));
            });
            if (turn == _turn)
            {
                (_rows, _rowsKey, _prompt, _promptTokens, _trouble) = (rows, key, text, tokens, null);
            }
        }
        catch (InputException e) when (turn == _turn)
        {
            (_rows, _prompt, _trouble) = (null, null, e.Message);
        }
        catch (InputException)
        {
            return; // the form has changed meanwhile
        }

        StateHasChanged();
    }

    private Task TryAsync() => TryAsync(async () =>
    {
        (_dryRun, _isTrying) = (null, true);
        StateHasChanged();
        TeacherJobSpec spec = Spec();
        try
        {
            _dryRun = await Task.Run(() => TeacherDryRun.RunAsync(spec, _closed.Token));
        }
        finally
        {
            _isTrying = false;
        }
    });

    private Task StartAsync() => TryAsync(async () =>
    {
        if (_isEdited)
        {
            _template = await Task.Run(() => _store.Save(_template!)); // the job must refer to a saved version
            _isEdited = false;
        }

        TeacherJobSpec spec = Spec();
        TeacherJob job = await Task.Run(() => manager.Start(spec));
        navigation.NavigateTo(TeacherManager.AddressOf(job.Spec));
    });

    private TeacherJobSpec Spec() => _draft.ToSpec(_template!, Path.GetFullPath(home.Datasets), []);

    private async Task TryAsync(Func<Task> work)
    {
        _isBusy = true;
        try
        {
            await work();
        }
        catch (StudioException e)
        {
            snackbar.AddNote(e.Message, Severity.Error);
        }
        finally
        {
            _isBusy = false;
        }
    }
}
