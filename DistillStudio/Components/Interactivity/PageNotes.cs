using MudBlazor;

namespace DistillStudio.Components.Interactivity;

/// <summary>Messages about events on a page.</summary>
public static class PageNotes
{
    /// <summary>Shows a message that disappears with its page, or earlier.</summary>
    public static void AddNote(this ISnackbar snackbar, string message, Severity severity) =>
        snackbar.Add(message, severity, options => options.CloseAfterNavigation = true);
}
