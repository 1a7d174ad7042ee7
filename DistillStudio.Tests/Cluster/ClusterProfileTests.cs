using DistillStudio.Cluster;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Cluster;

public sealed class ClusterProfileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Problems_ProfileOfARealCluster_None() => Assert.Empty(new ClusterProfile
    {
        Name = "gpu-8h",
        Partition = "gpu,gpu-long",
        Account = "lab_7.x",
        Gres = "gpu:a100:1",
        Cpus = 8,
        Memory = "16G",
        TimeLimit = "2-12:00:00",
        Options = ["--qos=high", "--exclusive", "--constraint=a100&ib"],
        Preamble = ["module load cuda/12.4", "export X='a b'"],
        Scratch = "$TMPDIR",
        Program = "/opt/distill studio/DistillStudio",
    }.Problems());

    [Theory]
    [InlineData("a b", null, null, null)]
    [InlineData("../x", null, null, null)]
    [InlineData("", null, null, null)]
    [InlineData("ok\n", null, null, null)]
    [InlineData("ok", "main\n--wrap=id", null, null)]
    [InlineData("ok", "-p", null, null)]
    [InlineData("ok", "$(id)", null, null)]
    [InlineData("ok", "", null, null)]
    [InlineData("ok", null, "16 G", null)]
    [InlineData("ok", null, "0", null)]
    [InlineData("ok", null, "16G;id", null)]
    [InlineData("ok", null, null, "/tmp/`id`")]
    [InlineData("ok", null, null, "/tmp/$(id)")]
    [InlineData("ok", null, null, "/tmp/\"; id; \"")]
    [InlineData("ok", null, null, "relative")]
    public void Problems_WhatAShellOrSlurmCouldMistake_OneSentence(string name, string? partition, string? memory, string? scratch)
    {
        var profile = new ClusterProfile { Name = name, Partition = partition, Memory = memory, Scratch = scratch };

        string problem = Assert.Single(profile.Problems());
        Assert.DoesNotContain('\n', problem);
        Assert.Throws<InputException>(profile.Require);
    }

    [Theory]
    [InlineData("--output=/tmp/x")]
    [InlineData("--out=/tmp/x")]
    [InlineData("--wrap=id")]
    [InlineData("--comment=x")]
    [InlineData("--array=1-9")]
    [InlineData("-p main")]
    [InlineData("--qos=a\nb")]
    [InlineData("--")]
    [InlineData("job.sh")]
    public void Problems_OptionThatIsTheStudiosOrNone_OneSentence(string option) =>
        Assert.Single(new ClusterProfile { Name = "p", Options = [option] }.Problems());

    [Fact]
    public void Profiles_SavedChangedRemoved_AreReadByOthers()
    {
        var profiles = new ClusterProfiles(_folder.Home);
        profiles.Save(new() { Name = "b", Partition = "main", Preamble = ["module load 'x y'"] });
        profiles.Save(new() { Name = "a" });
        profiles.Save(new() { Name = "b", Partition = "gpu" });
        profiles.SetDefault("b");

        var others = new ClusterProfiles(_folder.Home);
        Assert.Equal(["a", "b"], others.List().Select(profile => profile.Name));
        Assert.Equal("gpu", others.Get("b").Partition);
        Assert.Equal("b", others.Default);

        others.Remove("b");
        Assert.Null(profiles.Find("b"));
        Assert.Null(profiles.Default);
        Assert.Contains("use a,", Assert.Throws<InputException>(() => profiles.Get("b")).Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => profiles.Save(new() { Name = "x y" }));
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("""{"default": null, "profiles": [{"name": "x", "partition": "a b"}]}""", "partition")]
    [InlineData("""{"default": null, "profiles": null}""", "not JSON")]
    public void Profiles_FileThatIsWrong_IsNamedInASentence(string text, string part)
    {
        _folder.Write("cluster.json", text);

        string message = Assert.Throws<InputException>(() => new ClusterProfiles(_folder.Home).List()).Message;
        Assert.Contains("cluster.json", message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
    }
}
