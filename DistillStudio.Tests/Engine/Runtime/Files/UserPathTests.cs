using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Tests.Engine.Runtime.Files;

public sealed class UserPathTests
{
    [Theory]
    [InlineData("")]
    [InlineData("x/~")]
    [InlineData("./~x")]
    [InlineData("/a/b")]
    [InlineData("demo")]
    public void Expand_PathWithoutALeadingTilde_IsAsItWas(string path) => Assert.Equal(path, UserPath.Expand(path));

    [Theory]
    [InlineData("~", "")]
    [InlineData("~/", "/")]
    [InlineData("~/x/y", "/x/y")]
    public void Expand_LeadingTilde_IsTheUsersHomeFolder(string path, string rest) =>
        Assert.Equal(UserPath.Home + rest, UserPath.Expand(path));

    [Theory]
    [InlineData("~root/x", "~root")]
    [InlineData("~no-such-user", "~no-such-user")]
    public void Expand_AnothersFolder_IsRefusedInASentence(string path, string named) =>
        Assert.Contains($"({named})", Assert.Throws<InputException>(() => UserPath.Expand(path)).Message, StringComparison.Ordinal);
}
