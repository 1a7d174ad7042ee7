using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Commands.Progress;

/// <summary>Writes every event as one JSON line and flushes it.</summary>
internal sealed class JsonEvents(TextWriter output) : IRunObserver
{
    public void OnEvent(RunEvent happened)
    {
        output.WriteLine(JsonSerializer.Serialize(happened, EngineJson.Events));
        output.Flush();
    }
}
