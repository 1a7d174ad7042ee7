using DistillStudio.Components.Interactivity;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using MudBlazor;

namespace DistillStudio.Components.Layout;

/// <summary>Layout of every page: app bar, navigation, theme and keyboard shortcuts.</summary>
public sealed partial class MainLayout(
    BrowserInterop script, PagePresence presence, Shortcuts shortcuts, NavigationManager navigation, IDialogService dialogs,
    AuthenticationStateProvider visitor)
    : LayoutComponentBase, IAsyncDisposable
{
    private static readonly string[] Themes = ["system", "light", "dark"];

    private MudThemeProvider? _themeProvider;
    private ErrorBoundary? _boundary;
    private DotNetObjectReference<PagePresence>? _presenceReference;
    private DotNetObjectReference<Shortcuts>? _shortcutsReference;
    private IJSObjectReference? _visibility;
    private IJSObjectReference? _keys;
    private IDisposable? _layoutKeys;
    private IDialogReference? _shortcutDialog;
    private string _choice = "system";
    private bool _isDark;
    private bool _isReady;
    private bool _isSignedIn;
    private bool _isDrawerOpen = true;

    private string ThemeIcon => _choice switch
    {
        "light" => Icons.Material.Rounded.LightMode,
        "dark" => Icons.Material.Rounded.DarkMode,
        _ => Icons.Material.Rounded.BrightnessAuto,
    };

    private string ThemeHint => _choice == "system" ? "Theme: system" : $"Theme: {_choice}";

    protected override async Task OnInitializedAsync() =>
        _isSignedIn = (await visitor.GetAuthenticationStateAsync()).User.Identity?.IsAuthenticated == true;

    protected override void OnInitialized()
    {
        _layoutKeys = shortcuts.Add(
            new("?", "Show or hide this list", ShowShortcutsAsync),
            new("g r", "Go to Runs", () => Go("")),
            new("g l", "Go to Launch", () => Go("launch")),
            new("g d", "Go to Datasets", () => Go("datasets")),
            new("g m", "Go to Models", () => Go("models")),
            new("g s", "Go to Studies", () => Go("studies")),
            new("g c", "Go to Compare", () => Go("compare")),
            new("g t", "Go to Teachers", () => Go("teachers")),
            new("g k", "Go to Cluster", () => Go("cluster")),
            new("g h", "Go to Help", () => Go("help")),
            new("n", "New run", () => Go("launch")));
        navigation.LocationChanged += OnLocationChanged;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        await script.LoadAsync($"./{Assets["js/studio.js"]}");
        _presenceReference = DotNetObjectReference.Create(presence);
        _shortcutsReference = DotNetObjectReference.Create(shortcuts);
        Task<IJSObjectReference?> visibility = script.WatchAsync("watchVisibility", _presenceReference);
        Task<IJSObjectReference?> keys = script.WatchAsync("watchKeys", _shortcutsReference);
        Task<string> choice = script.AskAsync("themeChoice", "system");
        Task<bool> isSystemDark = _themeProvider!.GetSystemDarkModeAsync();
        await Task.WhenAll(visibility, keys, choice, isSystemDark); // one round trip
        (_visibility, _keys, _choice) = (await visibility, await keys, await choice);
        _isDark = _choice == "dark" || (_choice == "system" && await isSystemDark);

        // Nothing is rendered before the theme is known: the static start screen is shown until here.
        _isReady = true;
        StateHasChanged();
    }

    private async Task NextThemeAsync()
    {
        _choice = Themes[(Array.IndexOf(Themes, _choice) + 1) % Themes.Length];
        await script.CallAsync("chooseTheme", _choice);
        await ApplyThemeAsync();
    }

    private async Task ApplyThemeAsync() =>
        _isDark = _choice == "dark" || (_choice == "system" && _themeProvider is not null && await _themeProvider.GetSystemDarkModeAsync());

    private Task SkipToContentAsync() => script.CallAsync("focus", "#content");

    private async Task ShowShortcutsAsync()
    {
        if (_shortcutDialog is { } open)
        {
            _shortcutDialog = null;
            open.Close();
            return;
        }

        _shortcutDialog = await dialogs.ShowAsync<ShortcutDialog>(
            "Keyboard shortcuts", new DialogOptions { CloseButton = true, CloseOnEscapeKey = false });
        await _shortcutDialog.Result;
        _shortcutDialog = null;
    }

    private Task Go(string address)
    {
        navigation.NavigateTo(address);
        return Task.CompletedTask;
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs change) => _boundary?.Recover();

    public async ValueTask DisposeAsync()
    {
        navigation.LocationChanged -= OnLocationChanged;
        _layoutKeys?.Dispose();
        foreach (IJSObjectReference? subscription in new[] { _visibility, _keys })
        {
            try
            {
                if (subscription is not null)
                {
                    await subscription.InvokeVoidAsync("stop");
                    await subscription.DisposeAsync();
                }
            }
            catch (JSDisconnectedException)
            {
                // The browser has disconnected, which removed its listeners.
            }
        }

        _presenceReference?.Dispose();
        _shortcutsReference?.Dispose();
    }
}
