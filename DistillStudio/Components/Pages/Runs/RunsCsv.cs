using System.Globalization;
using System.Text;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Settings;
using DistillStudio.Exports;
using DistillStudio.History;

namespace DistillStudio.Components.Pages.Runs;

/// <summary>Exports the table of runs as CSV for a spreadsheet: unformatted numbers, one row per run.</summary>
public static class RunsCsv
{
    /// <summary>Settings of which the run's own record says what they came to.</summary>
    private static readonly Setting[] Measured = [SettingsTable.Device, SettingsTable.Threads];

    private static readonly (string Title, Func<RunSummary, object?> Value)[] Columns =
    [
        ("id", r => r.Id),
        ("name", r => RunText.Title(r)),
        ("state", r => r.State),
        .. SettingsTable.OfResult.Except(Measured).Select(
            setting => (setting.JsonName, (Func<RunSummary, object?>)(r => setting.Applies(r.Spec) ? setting.SortKey(r.Spec) : null))),
        ("step", r => r.Step),
        ("label_loss", r => r.LabelLoss),
        ("rationale_loss", r => r.RationaleLoss),
        ("loss", r => r.Loss),
        ("best_valid_accuracy", r => r.BestValidAccuracy),
        ("best_valid_step", r => r.BestValidStep),
        ("last_valid_accuracy", r => r.LastValidAccuracy),
        ("test_accuracy", r => r.TestAccuracy),
        ("test_accuracy_best", r => r.Result?.TestBest?.Accuracy),
        ("test_accuracy_last", r => r.Result?.TestLast?.Accuracy),
        ("stopped_early", r => r.StoppedEarly?.Text),
        ("rows_per_second", r => r.ExamplesPerSecond),
        ("seconds", r => r.Elapsed),
        ("device", r => r.Environment?.Device),
        ("precision", r => r.Environment?.Precision),
        ("threads", r => r.Environment?.Threads),
        ("version", r => r.Environment?.Version),
        ("libtorch", r => r.Environment?.LibTorch),
        ("unreadable_lines", r => r.UnreadableLines),
        ("started", r => r.StartedAt?.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)),
        ("tags", r => string.Join(' ', r.Tags)),
        ("notes", r => r.Notes),
    ];

    /// <summary>Returns the CSV in UTF-8.</summary>
    public static byte[] Write(IEnumerable<RunSummary> runs)
    {
        var text = new StringBuilder().AppendJoin(',', Columns.Select(c => c.Title)).Append('\n');
        foreach (RunSummary run in runs)
        {
            text.Append(Csv.Line(Columns.Select(c => c.Value(run)))).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
