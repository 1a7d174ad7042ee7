using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Demo;

namespace DistillStudio.Tests.Engine.Data.Demo;

/// <summary>Writes completions of further teachers of the demo, as a teacher job does.</summary>
internal static class DemoTeachers
{
    public static void Add(string dataDir, params string[] names)
    {
        foreach (string name in names)
        {
            string folder = Directory.CreateDirectory(DatasetLayout.TeacherFolder(dataDir, DemoDataset.Name, name)).FullName;
            foreach (Split split in DemoDataset.Create().Splits.Values)
            {
                File.WriteAllText(
                    Path.Combine(folder, $"{split.Name}_CoT_0.json"),
                    JsonSerializer.Serialize(split.Rows.Select((row, i) => $"By {name}, row {i}. The answer is {row.Label}.")));
            }
        }
    }
}
