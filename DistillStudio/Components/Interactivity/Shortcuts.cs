using DistillStudio.Components.Presentation;
using Microsoft.JSInterop;
using MudBlazor;

namespace DistillStudio.Components.Interactivity;

/// <param name="Keys">One key, or two keys pressed in sequence and separated by a space: <c>g r</c>.</param>
public sealed record Shortcut(string Keys, string Means, Func<Task> Act);

/// <summary>Keyboard shortcuts of the layout and the current page.</summary>
public sealed class Shortcuts(ISnackbar snackbar, ILogger<Shortcuts> log)
{
    private readonly List<Shortcut> _all = [];
    private char? _leader;

    /// <summary>All shortcuts, in the order in which they were added.</summary>
    public IReadOnlyList<Shortcut> All => _all;

    /// <summary>Adds shortcuts until the result is disposed.</summary>
    public IDisposable Add(params Shortcut[] shortcuts)
    {
        _all.AddRange(shortcuts);
        return new Removal(() => _all.RemoveAll(shortcuts.Contains));
    }

    [JSInvokable]
    public async Task OnKey(string key)
    {
        string keys = _leader is { } first ? $"{first} {key}" : key;
        _leader = null;
        if (_all.LastOrDefault(s => s.Keys == keys) is { } shortcut)
        {
            await ActAsync(shortcut);
        }
        else if (key.Length == 1 && _all.Exists(s => s.Keys.StartsWith($"{key} ", StringComparison.Ordinal)))
        {
            _leader = key[0];
        }
    }

    /// <summary>Runs a shortcut and reports failures here, because the calling browser script cannot show them.</summary>
    private async Task ActAsync(Shortcut shortcut)
    {
        try
        {
            await shortcut.Act();
        }
        catch (Exception e)
        {
            log.LogError(e, "The key {Keys} failed", shortcut.Keys);
            snackbar.AddNote(FailureText.Sentence(e), Severity.Error);
        }
    }

    private sealed class Removal(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
