using System.Text.Json;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Studies;

/// <summary>
/// A study as JSON. Names are stable; <c>format</c> is raised when a file means something else than before. Settings are named as in a
/// run's
/// <c>spec.json</c>, and those that a file leaves out have the dataset's defaults; fractions nest
/// unless the file names the original's draw.
/// </summary>
public static class StudyFile
{
    /// <summary>Version of the format that this program writes, and the newest that it reads.</summary>
    public const int Format = 1;

    private const int MaxBytes = 1 << 20;

    private static readonly JsonDocumentOptions Strict =
        new() { AllowDuplicateProperties = false, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <param name="path">A study's file, written by the program or by hand.</param>
    /// <param name="defaultName">Name of a study whose file gives none.</param>
    /// <exception cref="InputException">The file cannot be read or is no valid study; the exception lists every problem with its
    /// place.</exception>
    public static Study Read(string path, string defaultName)
    {
        try
        {
            using var document = JsonDocument.Parse(PlainFile.ReadAllText(path, MaxBytes), Strict);
            if (!LenientJson.IsUnicode(document.RootElement))
            {
                throw new InputException($"{path}: is not valid Unicode; save it as UTF-8, without halves of surrogate pairs.");
            }

            var reader = new StudyJson(document.RootElement, defaultName);
            Study study = reader.Read();
            IReadOnlyList<string> problems = reader.Problems.Count > 0 ? reader.Problems : StudyRules.Check(study);
            return problems.Count > 0 ? throw new InputException([.. problems.Select(problem => $"{path}: {problem}")]) : study;
        }
        catch (JsonException e)
        {
            string what = e.Message.Split(" LineNumber: ", 2)[0].Split(" Path: ", 2)[0].TrimEnd('.');
            throw new InputException($"{path}, line {(e.LineNumber ?? 0) + 1}: {what}; mend the line.", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path} does not exist; name a study's file, such as {StudyStore.FileName}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message.TrimEnd('.')}; name a study's file, "
                + $"such as {StudyStore.FileName}.", e);
        }
    }

    /// <exception cref="IOException">The file cannot be written; an earlier one is unchanged.</exception>
    public static void Write(string path, Study study) => AtomicFile.WriteAllText(path, Serialize(study));

    /// <summary>Returns the study as indented JSON.</summary>
    public static string Serialize(Study study)
    {
        JsonObject settings = JsonSerializer.SerializeToNode(study.Base, EngineJson.Spec)!.AsObject();
        // a run's settings leave the original's draw out; a study's mean nested by that
        settings[SettingsTable.Draw.JsonName] = SettingsTable.Draw.Write(study.Base);
        var root = new JsonObject
        {
            [StudyJson.FormatName] = Format,
            [StudyJson.NameName] = study.Name,
            [StudyJson.NotesName] = study.Notes,
            [StudyJson.CreatedName] = study.CreatedAt,
            [StudyJson.BaseName] = settings,
            [StudyJson.AxesName] = new JsonArray([.. study.Axes.Select(axis => new JsonObject
            {
                [StudyJson.SettingName] = axis.Setting.JsonName,
                [StudyJson.ValuesName] = new JsonArray([.. axis.Values.Select(text => ValueOf(axis.Setting, text))]),
            })]),
            [StudyJson.SeedsName] = new JsonArray([.. study.Seeds.Select(seed => JsonValue.Create(seed))]),
            [StudyJson.SequentialName] = study.IsSequential,
            [StudyJson.MaxSeedsName] = study.MaxSeeds,
            [StudyJson.QueueName] = StudyJson.Spell(study.Queue),
        };
        if (study.Looks.Count > 0)
        {
            root[StudyJson.LooksName] = new JsonArray([.. study.Looks.Select(look => JsonValue.Create(look))]);
        }

        if (study.Profile is { } profile)
        {
            root[StudyJson.ProfileName] = profile;
        }

        if (study.Comparison is { } comparison)
        {
            root[StudyJson.CompareName] = new JsonObject
            {
                [StudyJson.BaselineName] = new JsonObject(
                    comparison.Baseline.Select(value => KeyValuePair.Create(value.Setting.JsonName, ValueOf(value.Setting, value.Text)))),
                [StudyJson.MarginName] = comparison.Margin,
            };
        }

        return root.ToJsonString(EngineJson.Spec);
    }

    /// <summary>Writes a number as a number, so that the file reads like a run's settings.</summary>
    private static JsonNode? ValueOf(Setting setting, string text)
    {
        if (!setting.IsNumber)
        {
            return JsonValue.Create(text);
        }

        try
        {
            return JsonNode.Parse(text)!;
        }
        catch (JsonException)
        {
            return JsonValue.Create(text); // spelled in a way that settings read and JSON does not, such as +1
        }
    }
}
