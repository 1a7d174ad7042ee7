using DistillStudio.Engine.Runtime;
using DistillStudio.TensorBoard;

namespace DistillStudio.Tests.TensorBoard;

public sealed class EventFileSearchTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_FilesAtAnyDepth_AreThereOnceWithTheHigherOnesFirst()
    {
        string deep = Put("a/1/2/3/4/5/6/7/8/9/10/events.out.tfevents.2");
        string high = Put("b/events.out.tfevents.1");
        Put("b/model.bin");
        Put(".hidden/events.out.tfevents.3");
        File.CreateSymbolicLink(_folder["b/events.out.tfevents.again"], high);
        Directory.CreateSymbolicLink(_folder["a/up"], _folder.Path);
        List<(int Folders, int Files)> seen = [];

        Assert.Equal([high, deep], EventFileSearch.Find(_folder.Path, (folders, files) => seen.Add((folders, files)), Token)
            .Select(file => file.Replace(".again", ".1", StringComparison.Ordinal)));

        Assert.Equal((13, 2), seen[^1]);
    }

    [Fact]
    public void Find_MoreFoldersThanLogsHave_IsRefused()
    {
        Enumerable.Range(0, 4).ToList().ForEach(i => Directory.CreateDirectory(_folder[$"{i}"]));
        Assert.Empty(EventFileSearch.Find(_folder.Path, (_, _) => { }, Token, mostFolders: 5));
        InputException refused = Assert.Throws<InputException>(
            () => EventFileSearch.Find(_folder.Path, (_, _) => { }, Token, mostFolders: 4));
        Assert.Equal($"{_folder.Path} holds more than 4 folders; name the one with the event files.", refused.Message);
    }

    private string Put(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], "");
        return _folder[name];
    }
}
