using System.Text.Json;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Views;

/// <summary>
/// The saved views and pinned runs of a home: <c>views.json</c>. Every change reads the file again and replaces it as a whole. A file that
/// cannot be read is never overwritten.
/// </summary>
public sealed class SavedViewStore(StudioHome home)
{
    public const string FileName = "views.json";
    public const int LongestName = 80;
    public const int MostViews = 200;

    private const int LargestFile = 1 << 20;
    private const int LongestQuery = 8000;
    private const int MostPinned = 500;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly Lock _lock = new();

    private string FilePath => Path.Combine(home.Path, FileName);

    /// <summary>Returns the saved views and pinned runs; empty if there is no file.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public SavedViews Read()
    {
        try
        {
            var saved = PlainFile.ReadJson<SavedViews>(FilePath, LargestFile, Json);
            bool isWhole = saved is { Views: not null, Pinned: not null }
                && saved.Views.All(view => view is { Name.Length: > 0, Query: not null }) && saved.Pinned.All(id => id is not null);
            return isWhole ? saved : throw new JsonException("a name or a query is missing");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException(
                $"{FilePath}, the saved views, cannot be read ({e.Message.TrimEnd('.')}); fix the file, or delete it to start over.", e);
        }
    }

    /// <summary>Saves a view; one with that name, regardless of case, is replaced.</summary>
    /// <exception cref="InputException">The name is invalid, there are too many views, or the file cannot be read or written.</exception>
    public SavedViews Save(string name, string query)
    {
        name = Require(name);
        if (query.Length > LongestQuery)
        {
            throw new InputException($"This view's address is longer than {LongestQuery} characters; shorten its search or its filter.");
        }

        return Change(saved => saved.Views.Count(view => !IsNamed(view, name)) >= MostViews
            ? throw new InputException($"There are {MostViews} saved views, the maximum; delete one first.")
            : saved with { Views = Ordered(saved.Views.Where(view => !IsNamed(view, name)).Append(new(name, query))) });
    }

    /// <summary>Renames a view.</summary>
    /// <exception cref="InputException">The new name is invalid or taken, the view is gone, or the file cannot be read or
    /// written.</exception>
    public SavedViews Rename(string name, string newName)
    {
        newName = Require(newName);
        return Change(saved =>
        {
            SavedView view = saved.Views.FirstOrDefault(view => IsNamed(view, name))
                ?? throw new InputException($"The saved view {name} no longer exists; it was deleted or renamed.");
            return saved.Views.Any(other => other != view && IsNamed(other, newName))
                ? throw new InputException($"A saved view called {newName} already exists; choose another name.")
                : saved with { Views = Ordered(saved.Views.Where(other => other != view).Append(view with { Name = newName })) };
        });
    }

    /// <summary>Deletes a view, if it is there.</summary>
    /// <exception cref="InputException">The file cannot be read or written.</exception>
    public SavedViews Delete(string name) =>
        Change(saved => saved with { Views = [.. saved.Views.Where(view => !IsNamed(view, name))] });

    /// <summary>Pins or unpins a run.</summary>
    /// <exception cref="InputException">The file cannot be read or written, or too many runs are pinned.</exception>
    public SavedViews Pin(string runId, bool isPinned) => Change(saved => isPinned && saved.Pinned.Count >= MostPinned
        ? throw new InputException($"{MostPinned} runs are pinned already; unpin one first.")
        : saved with
        {
            Pinned = isPinned ? [.. saved.Pinned.Append(runId).Distinct()] : [.. saved.Pinned.Where(id => id != runId)],
        });

    private SavedViews Change(Func<SavedViews, SavedViews> change)
    {
        lock (_lock)
        {
            SavedViews changed = change(Read());
            try
            {
                PrivateFiles.MakeFolder(home.Path);
                AtomicFile.WriteAllText(FilePath, JsonSerializer.Serialize(changed, Json));
                return changed;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException(
                    $"{FilePath}, the saved views, cannot be written ({e.Message.TrimEnd('.')}); make the home writable.", e);
            }
        }
    }

    private static IReadOnlyList<SavedView> Ordered(IEnumerable<SavedView> views) =>
        [.. views.OrderBy(view => view.Name, StringComparer.OrdinalIgnoreCase)];

    private static bool IsNamed(SavedView view, string name) => view.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string Require(string name)
    {
        string trimmed = name.Trim();
        return trimmed.Length == 0 ? throw new InputException("A view needs a name; enter one.")
            : trimmed.Length > LongestName || !SettingLimits.IsName(trimmed)
            ? throw new InputException($"The name is longer than {LongestName} characters or holds a control character; shorten it.")
            : trimmed;
    }
}
