using System.IO.Compression;
using System.Text;
using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Hub;

/// <summary>Models from a user's folders and archives, intact and damaged.</summary>
public sealed class ModelImporterTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ModelFolder _model = new();

    public ModelImporterTests()
    {
        TinyModel.Write(_model.Path);
        File.WriteAllText(_model["notes.txt"], "not of the model");
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Import_Folder_CopiesTheModelAndNothingElse()
    {
        BroughtModel got = Import(_model.Path, "lab/mine");

        Assert.Equal(_folder["models/lab/mine"], ModelLocator.Find("lab/mine", _folder.Home));
        Assert.Equal(["README.md", "config.json", "model.safetensors", "source.json", "spiece.model"], FilesOf(got.Folder));
        Assert.Equal(_model.Path, ModelOrigin.Read(got.Folder)!.Source);
        Assert.Equal("mit", ModelCard.LicenceIn(got.Folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a folder/")]
    public void Import_Zip_GivesTheSame(string inside)
    {
        string zip = Zip("My model.zip", _model.Path, inside);

        BroughtModel got = Import(zip, null);

        Assert.Equal("My-model", got.Name);
        Assert.Equal(["README.md", "config.json", "model.safetensors", "source.json", "spiece.model"], FilesOf(got.Folder));
        Assert.Equal(
            File.ReadAllBytes(_model[ModelFolder.Safetensors]), File.ReadAllBytes(Path.Combine(got.Folder, ModelFolder.Safetensors)));
    }

    [Fact]
    public void Import_LinkedFiles_AsInTheHuggingFaceCache_AreFollowed()
    {
        string linked = Directory.CreateDirectory(_folder["linked"]).FullName;
        foreach (string file in Directory.EnumerateFiles(_model.Path))
        {
            File.CreateSymbolicLink(Path.Combine(linked, Path.GetFileName(file)), file);
        }

        BroughtModel got = Import(linked, "mine");

        Assert.Null(new FileInfo(Path.Combine(got.Folder, ModelFolder.Safetensors)).LinkTarget);
    }

    [Fact]
    public void Import_WeightsThatAreNotFinite_AreFoundInTheLastOfThem()
    {
        _model.EditWeights(weights => weights["decoder.final_layer_norm.weight"].fill_(float.NaN));
        RefusesAndKeepsNothing(_model.Path, "mine/model.safetensors: the weights contain inf or NaN");
    }

    [Fact]
    public void Import_WithoutATokenizer_IsRefused()
    {
        File.Delete(_model["spiece.model"]);
        RefusesAndKeepsNothing(_model.Path, "spiece.model does not exist");
        RefusesAndKeepsNothing(Zip("x.zip", _model.Path), "mine/spiece.model does not exist");
    }

    [Fact]
    public void Import_WithoutWeights_IsRefused()
    {
        File.Delete(_model[ModelFolder.Safetensors]);
        RefusesAndKeepsNothing(_model.Path, "holds no weights");
        RefusesAndKeepsNothing(Zip("x.zip", _model.Path), "mine holds no weights");
    }

    [Fact]
    public void Import_AnotherKindOfModel_IsNamed()
    {
        _model.EditConfig(config => config["model_type"] = "umt5");
        RefusesAndKeepsNothing(_model.Path, "umt5");
        RefusesAndKeepsNothing(Zip("x.zip", _model.Path), "umt5");
    }

    [Fact]
    public void Import_CutWeights_AreRefused()
    {
        using (FileStream file = File.OpenWrite(_model[ModelFolder.Safetensors]))
        {
            file.SetLength(file.Length - 10);
        }

        RefusesAndKeepsNothing(_model.Path, ModelFolder.Safetensors);
    }

    [Fact]
    public void Import_NotAnArchive_IsRefused()
    {
        RefusesAndKeepsNothing(_folder.Write("x.zip", "no zip at all"), "not a zip archive");
        RefusesAndKeepsNothing(_folder["nowhere"], "does not exist");
        RefusesAndKeepsNothing(Zip("empty.zip", Directory.CreateDirectory(_folder["empty"]).FullName), "holds no config.json");
    }

    [Fact]
    public void Import_ArchiveOfTwoModels_IsRefused()
    {
        string zip = Zip("two.zip", _model.Path, "a/");
        using (ZipArchive archive = ZipFile.Open(zip, ZipArchiveMode.Update))
        {
            archive.CreateEntryFromFile(_model[ModelFolder.Config], "b/config.json");
        }

        RefusesAndKeepsNothing(zip, "holds 2 models (");
    }

    [Fact]
    public void Import_ArchiveWithPathsOutOfIt_WritesNothingThere()
    {
        string zip = Zip("out.zip", _model.Path, "../../../out/");

        Import(zip, "mine");

        Assert.False(Directory.Exists(_folder["out"]));
        Assert.False(Directory.Exists(_folder["models/out"]));
    }

    [Fact]
    public void Import_ArchiveWithASpoiledFile_IsRefused()
    {
        string zip = Zip("x.zip", _model.Path, "", CompressionLevel.NoCompression);
        byte[] bytes = File.ReadAllBytes(zip);
        int at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes("# A model"));
        bytes[at] ^= 1;
        File.WriteAllBytes(zip, bytes);

        RefusesAndKeepsNothing(zip, "README.md is damaged");
    }

    [Theory]
    [InlineData("demo", "the bundled model's name")]
    [InlineData("a/b/c", "is not a valid model name")]
    [InlineData(".hidden", "is not a valid model name")]
    [InlineData("taken", "already exists")]
    public void Import_InvalidName_IsRefused(string name, string part)
    {
        _folder.Write("models/taken/config.json", "{}");
        Assert.Contains(part, Assert.Throws<InputException>(() => Import(_model.Path, name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_Cancelled_LeavesNothing()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => new ModelImporter(_folder.Home).Import(_model.Path, "mine", _ => stop.Cancel(), stop.Token));
        NothingIsThere();
    }

    [Theory]
    [InlineData("---\nlicense: apache-2.0\nlanguage: en\n---\n", "apache-2.0")]
    [InlineData("---\r\nlicense: \"mit\" # yes\r\n---\r\n", "mit")]
    [InlineData("---\nlicense:\n- mit\n- cc-by-4.0\n---\n", "mit, cc-by-4.0")]
    [InlineData("---\nlicense: [mit, 'cc0']\n---\n", "mit, cc0")]
    [InlineData("---\nlicense: other\nlicense_name: my-own\n---\n", "my-own")]
    [InlineData("---\nlicense: other\n---\n", "other")]
    [InlineData("license: mit\n", null)]
    [InlineData("---\nlicense: mit\n", null)]
    [InlineData("---\ntags: [a]\n---\nlicense: mit\n", null)]
    [InlineData("", null)]
    public void Licence_OfACard_IsReadFromItsHead(string card, string? licence) => Assert.Equal(licence, ModelCard.LicenceOf(card));

    private static IEnumerable<string?> FilesOf(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private string Zip(string name, string folder, string inside = "", CompressionLevel level = CompressionLevel.Fastest)
    {
        using ZipArchive archive = ZipFile.Open(_folder[name], ZipArchiveMode.Create);
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            archive.CreateEntryFromFile(file, inside + Path.GetFileName(file), level);
        }

        return _folder[name];
    }

    private BroughtModel Import(string source, string? name) =>
        new ModelImporter(_folder.Home).Import(source, name, null, TestContext.Current.CancellationToken);

    private void RefusesAndKeepsNothing(string source, string part)
    {
        InputException e = Assert.Throws<InputException>(() => Import(source, "mine"));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".get-", e.Message, StringComparison.Ordinal);
        NothingIsThere();
    }

    private void NothingIsThere() =>
        Assert.Empty(Directory.Exists(_folder.Home.Models) ? Directory.EnumerateFileSystemEntries(_folder.Home.Models) : []);
}
