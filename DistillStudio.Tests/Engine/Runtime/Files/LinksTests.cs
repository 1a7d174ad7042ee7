using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Engine.Runtime.Files;

public sealed class LinksTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resolve_LinksAnywhereInThePath_GivesTheSameFolder()
    {
        string real = Directory.CreateDirectory(_folder["real"]).FullName;
        Directory.CreateSymbolicLink(_folder["absolute"], real);
        Directory.CreateSymbolicLink(_folder["relative"], "absolute");
        Directory.CreateSymbolicLink(Path.Combine(real, "up"), "..");
        string place = Links.Resolve(real);

        Assert.Equal(Path.Combine(place, "model"), Links.Resolve(_folder["absolute/model"]));
        Assert.Equal(Path.Combine(place, "a", "b"), Links.Resolve(_folder["relative/a/b"]));
        Assert.Equal(Path.Combine(place, "model"), Links.Resolve(_folder["relative/up/real/up/absolute/model"]));
    }

    [Fact]
    public void Resolve_LinkToItself_Ends()
    {
        File.CreateSymbolicLink(_folder["loop"], "loop");

        Assert.EndsWith("loop/model", Links.Resolve(_folder["loop/model"]), StringComparison.Ordinal);
    }
}
