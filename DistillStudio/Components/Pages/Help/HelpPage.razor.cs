using DistillStudio.Components.Interactivity;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;

namespace DistillStudio.Components.Pages.Help;

/// <summary>Page of the manual: contents, one chapter, and a search over all chapters.</summary>
public sealed partial class HelpPage(UserManual manual, NavigationManager navigation, BrowserInterop script, Shortcuts shortcuts)
    : LiveComponent, IDisposable
{
    private const string QueryKey = "q";

    private Chapter? _chapter;
    private string _query = "";
    private IReadOnlyList<SearchHit> _hits = [];
    private int _active;
    private bool _isContentsOpen;
    private bool _hasArrived;
    private IDisposable? _keys;

    /// <summary>Name of the chapter; null for the contents page.</summary>
    [Parameter]
    public string? Name { get; set; }

    private IReadOnlyList<Chapter> Chapters => manual.Chapters;

    private bool IsSearching => !string.IsNullOrWhiteSpace(_query);

    private string ToggleIcon => _isContentsOpen ? Icons.Material.Rounded.ExpandLess : Icons.Material.Rounded.ExpandMore;

    private string Title => $"{(IsSearching ? "Search" : _chapter?.Title ?? "Not found")} · Help · DistillStudio";

    private static bool IsListed(Section section) => section.Level is 2 or 3;

    protected override void OnInitialized()
    {
        _keys = shortcuts.Add(
            new("/", "Search the manual", () => Task.CompletedTask /* handled in the browser */),
            new("j", "Next chapter", () => Go(Neighbour(1))),
            new("k", "Previous chapter", () => Go(Neighbour(-1))));
        navigation.LocationChanged += OnLocationChanged;
        Arrive();
    }

    protected override void OnParametersSet() => _chapter = manual.Find(Name ?? "");

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_hasArrived)
        {
            _hasArrived = false;
            await script.CallAsync("showSection", new Uri(navigation.Uri).Fragment.TrimStart('#'));
        }
    }

    public void Dispose()
    {
        navigation.LocationChanged -= OnLocationChanged;
        _keys?.Dispose();
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs change)
    {
        Arrive();
        Start(StateHasChanged);
    }

    /// <summary>Applies the URL; the section it names is scrolled into view after rendering.</summary>
    private void Arrive()
    {
        _query = PageQuery.Of(navigation).Text(QueryKey) ?? "";
        Find();
        _isContentsOpen = false;
        _hasArrived = !IsSearching;
    }

    private void Search(string? query)
    {
        _query = query ?? "";
        Find();
        script.KeepAddress(navigation, PageQuery.Of(navigation).Set(QueryKey, _query));
    }

    private void Find()
    {
        _hits = ManualSearch.Find(manual.Chapters, _query);
        _active = 0;
    }

    private Task OnKey(KeyboardEventArgs key)
    {
        switch (key.Key)
        {
            case "ArrowDown" when _hits.Count > 0:
                return ActivateAsync((_active + 1) % _hits.Count);
            case "ArrowUp" when _hits.Count > 0:
                return ActivateAsync((_active + _hits.Count - 1) % _hits.Count);
            case "Enter" when _hits.Count > 0:
                navigation.NavigateTo(_hits[_active].Section.Address);
                break;
            case "Escape":
                Search("");
                break;
        }

        return Task.CompletedTask;
    }

    private Task ActivateAsync(int hit)
    {
        _active = hit;
        return script.CallAsync("reveal", $"#{HelpHits.IdOf(hit)}");
    }

    private Chapter? Neighbour(int offset)
    {
        int at = _chapter is null ? -1 : manual.Chapters.ToList().IndexOf(_chapter);
        return at < 0 ? null : manual.Chapters.ElementAtOrDefault(at + offset);
    }

    private Task Go(Chapter? chapter)
    {
        if (chapter is not null)
        {
            navigation.NavigateTo(chapter.Address);
        }

        return Task.CompletedTask;
    }
}
