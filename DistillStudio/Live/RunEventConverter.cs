using System.Text.Json;
using System.Text.Json.Serialization;
using DistillStudio.Engine.Training;

namespace DistillStudio.Live;

/// <summary>SignalR writes what it streams by its own type, which loses the field <c>event</c>: this writes each kind as a <see cref="RunEvent"/>.</summary>
public sealed class RunEventConverter : JsonConverter<RunEvent>
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(RunEvent));

    public override RunEvent? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<RunEvent>(ref reader, EngineJson.Events);

    public override void Write(Utf8JsonWriter writer, RunEvent value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, EngineJson.Events);
}
