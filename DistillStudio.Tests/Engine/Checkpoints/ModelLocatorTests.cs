using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Engine.Checkpoints;

public sealed class ModelLocatorTests : IDisposable
{
    private const string CacheVariable = "HF_HUB_CACHE";

    private readonly TempFolder _folder = new();
    private readonly string? _cache = Environment.GetEnvironmentVariable(CacheVariable);

    public ModelLocatorTests() => Environment.SetEnvironmentVariable(CacheVariable, _folder["cache"]);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(CacheVariable, _cache);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("models/google/flan-t5-small", "google/flan-t5-small")]
    [InlineData("models/flan-t5-small", "google/flan-t5-small")]
    [InlineData("models/t5-small", "t5-small")]
    [InlineData("models/google/flan-t5-small", "https://huggingface.co/google/flan-t5-small")]
    [InlineData("cache/models--google--flan-t5-small/snapshots/abc", "google/flan-t5-small")]
    public void Find_name_of_the_Hub_is_found_in_its_folder(string place, string name)
    {
        _folder.Write($"{place}/config.json", "{}");

        Assert.Equal(_folder[place], ModelLocator.Find(name, _folder.Home));
        Assert.Null(ModelLocator.WhyMissing(name, _folder.Home));
    }

    [Fact]
    public void Find_several_snapshots_takes_the_one_called_main()
    {
        _folder.Write("cache/models--google--t5/refs/main", "bbb\n");
        foreach (string snapshot in (string[])["aaa", "bbb", "ccc"])
        {
            _folder.Write($"cache/models--google--t5/snapshots/{snapshot}/config.json", "{}");
        }

        Assert.EndsWith("/bbb", ModelLocator.Find("google/t5", _folder.Home), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_missing_name_of_the_Hub_names_the_command_to_get_it()
    {
        InputException e = Assert.Throws<InputException>(() => ModelLocator.Find("google/flan-t5-base", _folder.Home));

        Assert.StartsWith("google/flan-t5-base is not a folder, and no model of that name is in", e.Message, StringComparison.Ordinal);
        Assert.Contains("`models get google/flan-t5-base`", e.Message, StringComparison.Ordinal);
        Assert.Contains("https://huggingface.co/google/flan-t5-base", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./missing")]
    [InlineData("/no/such/folder")]
    [InlineData("../x")]
    [InlineData("a b")]
    public void Find_path_to_nothing_is_not_a_name_of_the_Hub(string path) =>
        Assert.Equal("is not a folder; name a model's folder, or demo", ModelLocator.WhyMissing(path, _folder.Home));

    [Fact]
    public void Find_file_is_distinguished_from_its_folder() =>
        Assert.Equal(
            "is a file; name the folder that holds the model's files",
            ModelLocator.WhyMissing(_folder.Write("model.safetensors", ""), _folder.Home));
}
