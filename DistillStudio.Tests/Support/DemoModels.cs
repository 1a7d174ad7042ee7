using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Data.Demo;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Files;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistillStudio.Tests.Support;

/// <summary>Models like the demo's.</summary>
internal static class DemoModels
{
    /// <summary>Exports the demo's model with dropout, which it lacks, or with other weights.</summary>
    /// <param name="home">Home that holds it.</param>
    /// <param name="folder">Receives the model.</param>
    /// <param name="dropout">In [0, 1).</param>
    /// <param name="weights">Value of every weight; null for random ones.</param>
    /// <returns>The folder.</returns>
    public static string Export(StudioHome home, string folder, double dropout, float? weights = null)
    {
        string demo = DemoModel.Materialize(home);
        using var model = new T5(HuggingFaceFolder.ReadConfig(demo) with { DropoutRate = dropout });
        model.InitializeWeights(0);
        using (no_grad())
        {
            foreach (Parameter parameter in model.parameters().Where(_ => weights is not null))
            {
                parameter.fill_(weights!.Value);
            }
        }

        HuggingFaceFolder.Export(folder, model, demo);
        return folder;
    }
}
