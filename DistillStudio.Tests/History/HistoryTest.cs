using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.History;

/// <summary>A folder with a history, which may be opened again and again.</summary>
public abstract class HistoryTest : IDisposable
{
    protected const string Id = "20250102-030405-demo-task-prefix-beef";

    private protected readonly TempFolder _folder = new();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static string AsJson(IReadOnlyList<RunEvent> events) => System.Text.Json.JsonSerializer.Serialize(events, EngineJson.Events);

    protected RunHistory Open() => new(_folder["studio.db"], TimeProvider.System, NullLogger<RunHistory>.Instance);
}
