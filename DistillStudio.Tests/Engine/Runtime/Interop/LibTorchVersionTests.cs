using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Tests.Engine.Runtime.Interop;

public sealed class LibTorchVersionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Current_OfTheBuild_IsTheVersionThatThePackagesName()
    {
        string packages = File.ReadAllText(Path.Combine(RepositoryFolder.Root, "Directory.Packages.props"));
        Assert.Contains($"<LibTorchVersion>{LibTorchVersion.Current}</LibTorchVersion>", packages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("from typing import Optional\n\n__version__ = '2.10.0+cu128'\ndebug = False\n", "2.10.0+cu128")]
    [InlineData("__version__ = \"2.10.1\"\n", "2.10.1")]
    [InlineData("version = '1'\n", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void OfPyTorch_Folder_ReadsItsVersionFile(string? content, string? expected)
    {
        string libraries = Directory.CreateDirectory(_folder["torch/lib"]).FullName;
        if (content is not null)
        {
            _folder.Write("torch/version.py", content);
        }

        Assert.Equal(expected, LibTorchVersion.OfPyTorch(libraries));
    }
}
