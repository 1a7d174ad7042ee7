using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Text;
using DistillStudio.Engine.Training;

namespace DistillStudio.Tests.Engine.Training;

public sealed class TokenStoreTests : IDisposable
{
    private static readonly TrainingRow[] Rows =
    [
        .. Enumerable.Range(0, 50).Select(
            i => new TrainingRow(i, $"input {i}", "label", "label", null, i % 3 == 0 ? null : $"because {i}")),
    ];

    private readonly TempFolder _folder = new();
    private int _encoded;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Folder => _folder["tokens"];

    private string File => Assert.Single(Directory.GetFiles(Folder));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Get_ManyProcessesAtOnce_OnlyOneEncodes()
    {
        EncodedTask?[][][] all = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => new TokenStore(Folder).Get(Rows, Encode, "t5", Stop), Stop)));

        Assert.Equal(Rows.Length, _encoded);
        Assert.All(all, tasks => Assert.Equal(Rows.Select(row => Text(EncodeOnly(row))), tasks.Select(Text)));
        Assert.EndsWith(".tokens", File, StringComparison.Ordinal); // no lock and no unfinished file is left
    }

    [Fact]
    public void Get_AnythingTheIdsDependOnDiffers_IsEncodedAnew()
    {
        var store = new TokenStore(Folder);
        store.Get(Rows, Encode, "t5", Stop);
        TrainingRow[][] others =
        [
            Rows[1..],
            [.. Rows.Reverse()],
            [Rows[0] with { Input = "other" }, .. Rows[1..]],
            [Rows[0] with { Label = "other" }, .. Rows[1..]],
            [Rows[0] with { Rationale = "" }, .. Rows[1..]], // null before
            [Rows[0] with { FurtherRationales = ["more"] }, .. Rows[1..]],
        ];
        foreach (TrainingRow[] other in others)
        {
            _encoded = 0;
            store.Get(other, Encode, "t5", Stop);
            Assert.Equal(other.Length, _encoded);
        }

        _encoded = 0;
        store.Get(Rows, Encode, "t5, at most 9 ids", Stop);
        Assert.Equal(Rows.Length, _encoded);
        store.Get([.. Rows.Select(row => row with { Truth = "other", Index = row.Index + 1 })], Encode, "t5", Stop);
        Assert.Equal(Rows.Length, _encoded); // of these nothing depends
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(100)]
    public void Get_FileCutShort_IsWrittenAnew(int length)
    {
        new TokenStore(Folder).Get(Rows, Encode, "t5", Stop);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        System.IO.File.WriteAllBytes(File, whole[..length]);

        AssertEncodedAnew(whole);
    }

    [Fact]
    public void Get_AnyByteChanged_IsNeverBelieved()
    {
        new TokenStore(Folder).Get(Rows, Encode, "t5", Stop);
        byte[] whole = System.IO.File.ReadAllBytes(File);
        for (int i = 10; i < whole.Length; i += 7) // after gzip's header, of which time and system mean nothing
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x10;
            System.IO.File.WriteAllBytes(File, damaged);

            Assert.Equal(Rows.Select(row => Text(EncodeOnly(row))), new TokenStore(Folder).Get(Rows, Encode, "t5", Stop).Select(Text));
        }
    }

    [Fact]
    public void Get_MoreThanTheFolderMayHold_DeletesTheLeastRecentlyUsed()
    {
        var store = new TokenStore(Folder, mostBytes: 1);
        store.Get(Rows, Encode, "first", Stop);
        string first = File;
        store.Get(Rows, Encode, "second", Stop);

        Assert.NotEqual(first, File);
        _encoded = 0;
        store.Get(Rows, Encode, "second", Stop);
        Assert.Equal(0, _encoded);
    }

    [Fact]
    public void Get_FolderCannotBe_SaysSoAndEncodesNothing()
    {
        System.IO.File.WriteAllText(Folder, "");

        Assert.ThrowsAny<IOException>(() => new TokenStore(Folder).Get(Rows, Encode, "t5", Stop));
        Assert.Equal(0, _encoded);
    }

    [Fact]
    public void Session_TokensRead_TrainsAsWithItsOwn()
    {
        RunSpec spec = DemoTraining.Short with { Threads = 1 };
        var store = new TokenStore(Folder);
        StepOutcome own = Step(spec, null);

        Assert.Equal(own, Step(spec, store));
        DateTime written = System.IO.File.GetLastWriteTimeUtc(File);
        Assert.Equal(own, Step(spec, store));
        Assert.True(System.IO.File.GetLastWriteTimeUtc(File) >= written);
        Assert.Equal(own.Rows, Step(spec with { Seed = 7 }, store).Rows); // its rows are the same, so that the file serves it too
        Assert.Single(Directory.GetFiles(Folder));
    }

    private StepOutcome Step(RunSpec spec, TokenStore? store)
    {
        using TrainingSession session = TrainingSession.Open(spec, _folder.Home);
        if (store is not null)
        {
            session.Tokenize(store, Stop);
        }

        return new TrainingStep(session).Take(1);
    }

    private void AssertEncodedAnew(byte[] whole)
    {
        _encoded = 0;
        new TokenStore(Folder).Get(Rows, Encode, "t5", Stop);
        Assert.Equal(Rows.Length, _encoded);
        Assert.Equal(whole, System.IO.File.ReadAllBytes(File));
    }

    private EncodedTask?[] Encode(TrainingRow row)
    {
        Interlocked.Increment(ref _encoded);
        return EncodeOnly(row);
    }

    private static EncodedTask?[] EncodeOnly(TrainingRow row) =>
    [
        new(new TokenPair([row.Input.Length, 32_127, 1], [row.Label.Length, 1]), 0, 0.5),
        row.Rationale is { } rationale ? new(new TokenPair([5, 1], [rationale.Length, 1]), 2) : null,
    ];

    private static string Text(EncodedTask?[] tasks) => string.Join('|', tasks.Select(task => task is null
        ? "none"
        : $"{string.Join(',', task.Tokens.Input)} {string.Join(',', task.Tokens.Target)} {task.RationaleTokens} {task.Share}"));
}
