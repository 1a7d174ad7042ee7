using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Engine.Studies;

public sealed class StudyStoreTests : IDisposable
{
    private readonly StudyHome _home = new();
    private readonly StudyStore _store;

    public StudyStoreTests() => _store = new StudyStore(_home.Home);

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Create_NamesThatMakeTheSameFolder_GetAFolderEach()
    {
        Study first = _store.Create(StudyHome.Pair() with { Name = "My study!" }, RunScript.Start);
        Study second = _store.Create(StudyHome.Pair() with { Name = "my: study" }, RunScript.Start.AddDays(1));
        Study third = _store.Create(StudyHome.Pair() with { Name = "…" }, RunScript.Start.AddDays(2));

        Assert.Equal(["my-study", "my-study-2", "study"], [first.Id, second.Id, third.Id]);
        Assert.Equal(["study", "my-study-2", "my-study"], _store.List().Studies.Select(study => study.Id));
        Assert.Equal("my-study", _store.Find("MY STUDY!")!.Id);
        Assert.Equal("my-study-2", _store.Find("my-study-2")!.Id);
        Assert.Throws<InputException>(() => _store.Create(StudyHome.Pair() with { Name = "My STUDY!" }, RunScript.Start));
    }

    [Fact]
    public void List_DamagedStudy_IsNamedAndTheOthersAreThere()
    {
        _store.Create(StudyHome.Pair(), RunScript.Start);
        _home.Write("studies/bad/study.json", "{");
        _home.Write("studies/no-study/note.txt", "");

        (IReadOnlyList<Study> studies, IReadOnlyList<UnreadableStudy> unreadable) = _store.List();

        Assert.Equal("pair", Assert.Single(studies).Name);
        Assert.Contains("study.json, line 1", Assert.Single(unreadable).Problem, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => _store.Find("bad"));
        Assert.Null(_store.Find("../studies/pair"));
    }

    [Fact]
    public void Delete_Study_CanBeUndoneUntilItIsPurged()
    {
        Study study = _store.Create(StudyHome.Pair(), RunScript.Start);
        _home.Write("studies/bad/study.json", "{");
        _store.Delete(study.Id, RunScript.Start);
        _store.Delete("bad", RunScript.Start.AddMinutes(9));

        Assert.Equal((0, 0), (_store.List().Studies.Count, _store.List().Unreadable.Count));
        Assert.Throws<InputException>(() => _store.Delete(study.Id, RunScript.Start));
        Assert.All(["..", "", "../studies/bad", "nobody"], id => Assert.Throws<InputException>(() => _store.Delete(id, RunScript.Start)));
        _store.Undelete(study.Id);
        Assert.Equal(study.Id, Assert.Single(_store.List().Studies).Id);

        _store.Delete(study.Id, RunScript.Start);
        Study second = _store.Create(StudyHome.Pair(), RunScript.Start);
        Assert.Equal("pair-2", second.Id); // not into the folder of the deleted one
        Assert.Contains("exists by now", Assert.Throws<InputException>(() => _store.Undelete(study.Id)).Message, StringComparison.Ordinal);

        _store.Purge(RunScript.Start.AddMinutes(5));
        Assert.False(Directory.Exists(_store.FolderOf(study.Id)));
        Assert.True(Directory.Exists(_store.FolderOf("bad")));
        Assert.Throws<InputException>(() => _store.Undelete(study.Id));
    }

    [Fact]
    public void TryTake_WhileTaken_IsRefused()
    {
        Study study = _store.Create(StudyHome.Pair(), RunScript.Start);
        using (IDisposable? first = _store.TryTake(study.Id))
        {
            Assert.NotNull(first);
            Assert.Null(_store.TryTake(study.Id));
        }

        using IDisposable? again = _store.TryTake(study.Id);
        Assert.NotNull(again);
    }

    [Fact]
    public void WithMoreSeeds_OfAStudy_CountsUpFromTheHighest()
    {
        Study study = StudyHome.Pair() with { Seeds = [5, 2] };

        Assert.Equal([5, 2, 6, 7], study.WithMoreSeeds(4).Seeds);
        Assert.Equal([5, 2], study.WithMoreSeeds(1).Seeds);
        Assert.Equal([5, 2, 6], (study with { IsSequential = true, MaxSeeds = 3 }).PlannedSeeds);
    }
}
