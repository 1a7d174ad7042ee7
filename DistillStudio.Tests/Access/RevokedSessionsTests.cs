using DistillStudio.Access;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.Access;

public sealed class RevokedSessionsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();

    private string File => _folder["sessions.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Add_SessionsOfThisEpoch_AreKnownAfterwardsAndAfterOpeningAgain()
    {
        RevokedSessions revoked = Open();
        string session = $"{revoked.Epoch}.one";
        Assert.False(revoked.Contains(session));

        revoked.Add(session);

        Assert.True(revoked.Contains(session));
        Assert.True(Open().Contains(session));
        Assert.False(Open().Contains($"{revoked.Epoch}.other"));
    }

    [Fact]
    public void Add_AfterTheLifeOfTheCookie_ForgetsTheSession()
    {
        RevokedSessions revoked = Open();
        revoked.Add($"{revoked.Epoch}.old");
        _time.Advance(SignInSessions.Lifetime);
        revoked.Add($"{revoked.Epoch}.young");
        Assert.True(revoked.Contains($"{revoked.Epoch}.old")); // a cookie may be renewed until its last moment

        _time.Advance(TimeSpan.FromDays(2));
        revoked.Add($"{revoked.Epoch}.youngest");

        Assert.DoesNotContain(".old", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        Assert.True(revoked.Contains($"{revoked.Epoch}.young"));
    }

    [Fact]
    public void Add_MoreThanAreKept_EndsEverySessionAndBeginsAnew()
    {
        RevokedSessions revoked = Open();
        string epoch = revoked.Epoch;
        for (int i = 0; i <= RevokedSessions.Most; i++)
        {
            revoked.Add($"{epoch}.{i}");
        }

        Assert.NotEqual(epoch, revoked.Epoch);
        Assert.True(revoked.Contains($"{epoch}.0"));
        Assert.True(revoked.Contains($"{epoch}.never-ended"));
        Assert.False(revoked.Contains($"{revoked.Epoch}.new"));
        Assert.InRange(new FileInfo(File).Length, 1, 1000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"epoch\":\"\",\"until\":{}}")]
    [InlineData("{\"epoch\":\"abc\"}")]
    public void Open_DamagedFile_EndsEverySession(string content)
    {
        string session = $"{Open().Epoch}.one";
        System.IO.File.WriteAllText(File, content);

        Assert.True(Open().Contains(session));
        Assert.True(Open().Contains("abc.one"));
    }

    [Fact]
    public void Open_FileLost_EndsEverySession()
    {
        string session = $"{Open().Epoch}.one";
        System.IO.File.Delete(File);

        Assert.True(Open().Contains(session));
    }

    [Fact]
    public void Open_PipeInItsPlace_DoesNotWaitForIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes in folders are POSIX.");
        NamedPipe.Make(File);

        Assert.False(Open().Contains($"{Open().Epoch}.one"));
    }

    private RevokedSessions Open() => new(File, _time, NullLogger.Instance);
}
