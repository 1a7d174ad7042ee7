using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace DistillStudio.Components.Interactivity;

/// <summary>Calls the studio's script in the circuit's browser. Ignores calls that fail because the connection is lost.</summary>
public sealed class BrowserInterop(IJSRuntime runtime, ILogger<BrowserInterop> log) : IAsyncDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    private IJSObjectReference? _module;

    /// <summary>Loads the script from its fingerprinted address.</summary>
    public async Task LoadAsync(string address) => _module ??= await runtime.InvokeAsync<IJSObjectReference>("import", address);

    public async Task CallAsync(string function, params object?[] arguments)
    {
        try
        {
            if (_module is not null)
            {
                using var timeout = new CancellationTokenSource(CallTimeout);
                await _module.InvokeVoidAsync(function, timeout.Token, arguments);
            }
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException)
        {
            // The connection was lost during the call.
        }
    }

    /// <summary>
    /// Replaces the view in the URL of the current page. Bypasses the router: a navigation would complete after the user's next change and
    /// undo it.
    /// </summary>
    /// <param name="isStep">True for a view that Back undoes, false for one that replaces the view before.</param>
    public void KeepAddress(NavigationManager navigation, PageQuery view, bool isStep = false) => _ = KeepAddressAsync(
        isStep ? "pushAddress" : "keepAddress", view.Under(navigation.ToBaseRelativePath(navigation.Uri).Split('?', '#')[0]));

    public async Task<string> AskAsync(string function, string otherwise)
    {
        try
        {
            return _module is null ? otherwise : await _module.InvokeAsync<string>(function);
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException)
        {
            return otherwise;
        }
    }

    /// <summary>Starts a subscription in the browser; returns null if the script is not loaded.</summary>
    public async Task<IJSObjectReference?> WatchAsync<T>(string function, DotNetObjectReference<T> listener)
        where T : class =>
        _module is null ? null : await _module.InvokeAsync<IJSObjectReference>(function, listener);

    /// <summary>Saves content as a file on the user's machine.</summary>
    public async Task SaveAsync(string name, string type, Stream content)
    {
        using var reference = new DotNetStreamReference(content);
        await CallAsync("saveStream", name, type, reference);
    }

    private async Task KeepAddressAsync(string function, string address)
    {
        try
        {
            await CallAsync(function, address);
        }
        catch (Exception e)
        {
            log.LogWarning(e, "The address {Address} could not be shown.", address);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has disconnected, which unloaded its script.
        }
    }
}
