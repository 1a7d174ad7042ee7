using MudBlazor;

namespace DistillStudio.Components.Interactivity;

/// <summary>Messages about what happens on a page.</summary>
public static class PageNotes
{
    /// <summary>Shows a message that ends with the page it is about, or earlier.</summary>
    public static void AddNote(this ISnackbar snackbar, string message, Severity severity) =>
        snackbar.Add(message, severity, options => options.CloseAfterNavigation = true);
}
