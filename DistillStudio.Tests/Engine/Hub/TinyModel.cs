using DistillStudio.Engine.Text;

namespace DistillStudio.Tests.Engine.Hub;

/// <summary>A reference model with a tokenizer that fits its few ids.</summary>
internal static class TinyModel
{
    private const int Pieces = 250; // with the usual 100 extra ids still fewer than the model's 384

    /// <summary>Returns the model's files with weights in one format.</summary>
    /// <param name="weights">A file's name.</param>
    public static Dictionary<string, byte[]> Files(string weights)
    {
        using var model = new ModelFolder();
        model.Copy(weights);
        UnigramVocabulary mini = TokenizerFixture.Mini();
        return new()
        {
            [ModelFolder.Config] = File.ReadAllBytes(model[ModelFolder.Config]),
            [weights] = File.ReadAllBytes(model[weights]),
            ["spiece.model"] = TokenizerFixture.SentencePiece(mini.Pieces.Take(Pieces), mini.Normalizer, hasByteFallback: false),
            ["README.md"] = "---\nlicense: mit\n---\n# A model\n"u8.ToArray(),
        };
    }

    /// <summary>Writes the model into a folder, creating it.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, byte[] content) in Files(ModelFolder.Safetensors))
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
        }
    }
}
