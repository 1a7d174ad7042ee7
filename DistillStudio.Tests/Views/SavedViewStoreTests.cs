using DistillStudio.Engine.Runtime;
using DistillStudio.Views;

namespace DistillStudio.Tests.Views;

public sealed class SavedViewStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SavedViewStore _store;

    public SavedViewStoreTests() => _store = new(_folder.Home);

    private string FilePath => Path.Combine(_folder.Home.Path, SavedViewStore.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Save_Rename_Delete_AreReadByAnotherStore()
    {
        _store.Save(" Grid ", "where=alpha%20%3E%200.3");
        _store.Save("Best", "sort=-test");
        _store.Rename("grid", "Alphas");
        _store.Pin("run-1", isPinned: true);

        SavedViews saved = new SavedViewStore(_folder.Home).Read();
        Assert.Equal([new("Alphas", "where=alpha%20%3E%200.3"), new("Best", "sort=-test")], saved.Views);
        Assert.Equal(["run-1"], saved.Pinned);

        _store.Delete("ALPHAS");
        Assert.Equal(["Best"], _store.Pin("run-1", isPinned: false).Views.Select(view => view.Name));
        Assert.Empty(_store.Read().Pinned);
        Assert.Equal([FilePath], Directory.GetFiles(_folder.Home.Path));
    }

    [Fact]
    public void Save_SameName_ReplacesTheView()
    {
        _store.Save("Best", "sort=-test");

        Assert.Equal([new("best", "sort=-best")], _store.Save("best", "sort=-best").Views);
    }

    [Theory]
    [InlineData("", "A view needs a name")]
    [InlineData("   ", "A view needs a name")]
    [InlineData("a\nb", "The name is longer than 80 characters or holds a control character")]
    public void Save_WrongName_IsRefused(string name, string expected) =>
        Assert.StartsWith(expected, Problem(() => _store.Save(name, "")), StringComparison.Ordinal);

    [Fact]
    public void Rename_TakenOrGone_IsRefused()
    {
        _store.Save("a", "");
        _store.Save("b", "");

        Assert.Contains("already exists", Problem(() => _store.Rename("a", "B")), StringComparison.Ordinal);
        Assert.Contains("deleted or renamed", Problem(() => _store.Rename("c", "d")), StringComparison.Ordinal);
        Assert.Equal(["A", "b"], _store.Rename("a", "A").Views.Select(view => view.Name));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"views":[{"name":""}]}""")]
    [InlineData("""{"views":[null]}""")]
    [InlineData("""{"views":null}""")]
    [InlineData("""{"pinned":[null]}""")]
    public void Read_DamagedFile_IsNamedAndNeverOverwritten(string text)
    {
        Directory.CreateDirectory(_folder.Home.Path);
        File.WriteAllText(FilePath, text);

        Assert.StartsWith($"{FilePath}, the saved views, cannot be read", Problem(_store.Read), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Problem(() => _store.Save("a", "")), StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(FilePath));
    }

    private static string Problem(Func<SavedViews> act) => Assert.Throws<InputException>(() => { act(); }).Problems[0];
}
