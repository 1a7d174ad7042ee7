using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DistillStudio.Engine.Optimization;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Training;

namespace DistillStudio.Engine.Settings;

/// <summary>How specs and events are written: one spelling for files, the hub and the command line.</summary>
public static class EngineJson
{
    /// <summary>A run's settings: snake case, as the flags of the original.</summary>
    public static JsonSerializerOptions Spec { get; } = Create(JsonNamingPolicy.SnakeCaseLower, indented: true);

    /// <summary>Events and results: camel case, one line each.</summary>
    public static JsonSerializerOptions Events { get; } = Create(JsonNamingPolicy.CamelCase, indented: false);

    /// <summary>As <see cref="Events"/>, for what is shown: a text longer than anyone reads is cut.</summary>
    internal static JsonSerializerOptions CutEvents { get; } = new(Events) { Converters = { new CutTexts() } };

    private static JsonSerializerOptions Create(JsonNamingPolicy naming, bool indented) => new()
    {
        PropertyNamingPolicy = naming,
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // files for people, never pasted into a page
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a diverged loss is a fact worth keeping
        AllowOutOfOrderMetadataProperties = true,
        RespectNullableAnnotations = true, // a null where none may be is refused with the file, not met later
        RespectRequiredConstructorParameters = true, // and so is what is left out; a field that came later has a default
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { SpellAsTheOriginal } },
    };

    /// <summary>
    /// Spells settings as the original does, and leaves alpha out of a run that has one loss: read back, it is the default and means nothing.
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
