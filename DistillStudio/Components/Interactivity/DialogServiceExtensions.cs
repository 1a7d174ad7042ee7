using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace DistillStudio.Components.Interactivity;

internal static class DialogServiceExtensions
{
    /// <summary>
    /// Shows a dialog, and returns once it is closed. A menu that opened it must wait for that: a menu that closes takes the focus back,
    /// and Escape then no longer reaches the dialog.
    /// </summary>
    /// <param name="dialogs">Shows it.</param>
    /// <param name="title">Title of the dialog.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="isWide">True for a dialog as wide as dialogs get, false for one that is as wide as its content.</param>
    public static async Task ShowToEndAsync<T>(
        this IDialogService dialogs, string title, DialogParameters<T> parameters, bool isWide = false)
        where T : IComponent
    {
        DialogOptions options = isWide
            ? new() { CloseButton = true, MaxWidth = MaxWidth.Small, FullWidth = true }
            : new() { CloseButton = true };
        IDialogReference dialog = await dialogs.ShowAsync<T>(title, parameters, options);
        _ = await dialog.Result;
    }
}
