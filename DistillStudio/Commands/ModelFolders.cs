using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Commands;

/// <summary>Which folder a model's name on the command line means.</summary>
internal static class ModelFolders
{
    /// <exception cref="InputException">There is no such folder.</exception>
    public static string Resolve(string model, StudioHome home)
    {
        if (model == DemoModel.Name)
        {
            return DemoModel.Materialize(home);
        }

        return Directory.Exists(model) ? model : throw new InputException($"{model} is not a folder; name a model's folder.");
    }
}
