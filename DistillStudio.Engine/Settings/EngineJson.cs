using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace DistillStudio.Engine.Settings;

/// <summary>JSON formats of specs and events, shared by files, the hub and the command line.</summary>
public static class EngineJson
{
    /// <summary>Run settings: snake case, like the flags of the original.</summary>
    public static JsonSerializerOptions Spec { get; } = Create(JsonNamingPolicy.SnakeCaseLower, indented: true);

    /// <summary>Events and results: camel case, one line each.</summary>
    public static JsonSerializerOptions Events { get; } = Create(JsonNamingPolicy.CamelCase, indented: false);

    /// <summary>Like <see cref="Events"/>, for display: overly long texts are cut.</summary>
    internal static JsonSerializerOptions CutEvents { get; } = new(Events) { Converters = { new CutTexts() } };

    private static JsonSerializerOptions Create(JsonNamingPolicy naming, bool indented) => new()
    {
        PropertyNamingPolicy = naming,
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // read as files, never embedded in a page
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // keeps the loss of a diverged run
        AllowOutOfOrderMetadataProperties = true,
        RespectNullableAnnotations = true, // rejects an unexpected null when the file is read, not later
        RespectRequiredConstructorParameters = true, // also rejects missing fields; fields added later have defaults
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { SpellAsTheOriginal } },
    };

    /// <summary>
    /// Spells settings as the original does. Omits alpha for a run with a single loss: it is read back as the default, which has no
    /// effect.
    /// </summary>
    private static void SpellAsTheOriginal(JsonTypeInfo type)
    {
        if (type.Type != typeof(RunSpec))
        {
            return;
        }

        foreach (JsonPropertyInfo property in type.Properties)
        {
            string name = ((PropertyInfo)property.AttributeProvider!).Name;
            property.Name = type.Options.PropertyNamingPolicy!.ConvertName(EdgeNames.Of(name));
            if (name == nameof(RunSpec.Alpha))
            {
                property.ShouldSerialize = (spec, _) => SettingsTable.Alpha.Applies((RunSpec)spec);
            }
        }
    }

    private sealed class CutTexts : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            SettingLimits.Cut(reader.GetString()!, SettingLimits.LongestNotes);

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
