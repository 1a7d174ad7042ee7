using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Studies;

namespace DistillStudio.Tests.Engine.Studies;

public sealed class StudyFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_WhatWasWritten_IsTheSameStudy()
    {
        Study study = StudyHome.Alphas() with
        {
            Notes = "why\nnot",
            Seeds = [3, 1, 7],
            Comparison = new([new(SettingsTable.Method, MethodNames.Standard)], 0.02),
            IsSequential = true,
            MaxSeeds = 9,
            Queue = StudyQueue.Paused,
            CreatedAt = RunScript.Start,
            Base = RunDefaults.Demo with { WarmupSteps = 5, Bf16 = true, Threads = 2 },
        };
        StudyFile.Write(_folder["study.json"], study);

        Study read = StudyFile.Read(_folder["study.json"], "other");

        Assert.Equal(StudyFile.Serialize(study), StudyFile.Serialize(read));
        Assert.True(study.IsSameQuestion(read));
        Assert.Equal(study.Base, read.Base);
    }

    [Fact]
    public void Read_ShortFile_TakesTheDatasetsDefaults()
    {
        Study study = Read(
            """{"base": {"dataset": "demo", "max_steps": 60}, "axes": [{"setting": "subsample", "values": [0.5, "1"]}], "seeds": 3}""");

        Assert.Equal(RunDefaults.Demo with { MaxSteps = 60, Draw = DataDraw.Nested }, study.Base);
        Assert.Equal([0, 1, 2], study.Seeds);
        Assert.Equal("study", study.Name);
        Assert.Equal(["0.5", "1"], study.Axes[0].Values);
    }

    [Fact]
    public void Read_DrawOfTheOriginalByName_StaysWhenItIsWrittenAgain()
    {
        Study study = Read("""{"base": {"dataset": "demo", "draw": "original"}, "axes": [{"setting": "subsample", "values": [0.5, 1]}]}""");
        StudyFile.Write(_folder["again.json"], study);

        Assert.Equal(DataDraw.Original, study.Base.Draw);
        Assert.Equal(DataDraw.Original, StudyFile.Read(_folder["again.json"], "x").Base.Draw);
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("{\n\"name\": \"a\",\n\"seeds\" 3}", "line 3")]
    [InlineData("[]", "holds no object")]
    [InlineData("""{"name": "\ud800", "base": {"dataset": "demo"}}""", "not valid Unicode")]
    [InlineData("null", "holds no object")]
    [InlineData("""{"name": "a"}""", "base is missing")]
    [InlineData("""{"format": 2, "base": {"dataset": "demo"}}""", "newer version")]
    [InlineData("""{"format": "one", "base": {"dataset": "demo"}}""", "format cannot be \"one\"")]
    [InlineData("""{"base": {"dataset": "demo"}, "base": {"dataset": "cqa"}}""", "base")]
    [InlineData("""{"base": {"dataset": "demo"}, "axis": []}""", "axis: there is no such field")]
    [InlineData("""{"base": {"dataset": "demo", "steps": 3}}""", "base.steps: there is no such field")]
    [InlineData("""{"base": {"dataset": "demo", "max_steps": "many"}}""", "base.max_steps cannot be many")]
    [InlineData("""{"base": {"dataset": "demo", "max_steps": [1]}}""", "base.max_steps cannot be [1]")]
    [InlineData("""{"base": {"dataset": ["demo"]}}""", "base.dataset cannot be [\"demo\"]")]
    [InlineData("""{"base": {"dataset": "demo", "max_steps": 0}}""", "base: max_steps 0 is out of range")]
    [InlineData("""{"base": {"dataset": "no/thing", "from_pretrained": "demo"}}""", "base: dataset no/thing is unknown")]
    [InlineData("""{"base": {"dataset": "demo"}, "axes": {"alpha": [1]}}""", "axes cannot be")]
    [InlineData("""{"base": {"dataset": "demo"}, "axes": ["alpha"]}""", "axes[0]: it is no object")]
    [InlineData("""{"base": {"dataset": "demo"}, "axes": [{"values": [1]}]}""", "axes[0].setting: the setting is missing")]
    [InlineData("""{"base": {"dataset": "demo"}, "axes": [{"setting": "beta", "values": [1]}]}""", "axes[0].setting: beta is no setting")]
    [InlineData("""{"base": {"dataset": "demo"}, "axes": [{"setting": "alpha"}]}""", "axes[0].values: alpha has no values")]
    [InlineData(
        """{"base": {"dataset": "demo"}, "axes": [{"setting": "alpha", "values": [0.5, null]}]}""", "axes[0].values[1] cannot be null")]
    [InlineData(
        """{"base": {"dataset": "demo"}, "axes": [{"setting": "alpha", "values": ["half"]}]}""", "axes[0].values[0]: alpha cannot be half")]
    [InlineData(
        """{"base": {"dataset": "demo"}, "axes": [{"setting": "alpha", "values": [0.5, "0.50"]}]}""",
        "axes[0].values[1]: alpha 0.50 is there twice")]
    [InlineData(
        """{"base": {"dataset": "demo"}, "axes": [{"setting": "alpha", "values": [0.5, 1.5]}]}""", "axes[0]: alpha 1.5 is out of range")]
    [InlineData("""{"base": {"dataset": "demo"}, "axes": [{"setting": "run", "values": [1]}]}""", "axes[0]: seeds are no axis")]
    [InlineData(
        """{"base": {"dataset": "demo"}, "axes": [{"setting": "alpha", "values": [1]}, {"setting": "alpha", "values": [0]}]}""",
        "axes[1]: alpha varies already")]
    [InlineData("""{"base": {"dataset": "demo"}, "seeds": []}""", "seeds: there are 0")]
    [InlineData("""{"base": {"dataset": "demo"}, "seeds": 0}""", "seeds cannot be 0")]
    [InlineData("""{"base": {"dataset": "demo"}, "seeds": [1, 1]}""", "seeds: 1 is there twice")]
    [InlineData("""{"base": {"dataset": "demo"}, "seeds": [-1]}""", "seeds: -1 is out of range")]
    [InlineData("""{"base": {"dataset": "demo"}, "seeds": [2147483647]}""", "no room for further seeds")]
    [InlineData("""{"base": {"dataset": "demo"}, "seeds": [1.5]}""", "seeds[0] cannot be 1.5")]
    [InlineData("""{"base": {"dataset": "demo"}, "seeds": "five"}""", "seeds cannot be \"five\"")]
    [InlineData("""{"base": {"dataset": "demo"}, "max_seeds": 0}""", "max_seeds: 0 is out of range")]
    [InlineData("""{"base": {"dataset": "demo"}, "queue": "maybe"}""", "queue cannot be maybe")]
    [InlineData("""{"base": {"dataset": "demo"}, "name": 5}""", "name cannot be 5")]
    [InlineData("""{"base": {"dataset": "demo"}, "name": " "}""", "name: give the study a name")]
    [InlineData("""{"base": {"dataset": "demo"}, "sequential": true}""", "sequential: only a comparison")]
    [InlineData("""{"base": {"dataset": "demo"}, "sequential": 1}""", "sequential cannot be 1")]
    [InlineData("""{"base": {"dataset": "demo"}, "compare": {}}""", "compare.baseline: it is empty")]
    [InlineData("""{"base": {"dataset": "demo"}, "compare": {"baseline": {"alpha": 0.5}}}""", "compare.baseline.alpha: no axis varies it")]
    [InlineData(
        """{"base": {"dataset": "demo"}, "axes": [{"setting": "alpha", "values": [0.5]}], "compare": {"baseline": {"alpha": 0.6}}}""",
        "compare.baseline.alpha: 0.6 is none")]
    [InlineData(
        """{"base": {"dataset": "demo"}, "axes": [{"setting": "alpha", "values": [0.5]}], "compare": {"baseline": {"alpha": 0.5}, "margin": 2}}""",
        "compare.margin: 2 is out of range")]
    public void Read_WrongFile_IsRefusedInOneSentenceWithThePlace(string text, string problem)
    {
        string sentence = Assert.Single(Assert.Throws<InputException>(() => Read(text)).Problems);

        Assert.StartsWith(_folder["study.json"], sentence, StringComparison.Ordinal);
        Assert.Contains(problem, sentence, StringComparison.Ordinal);
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFileOrFolder_SaysSo()
    {
        Assert.Throws<InputException>(() => StudyFile.Read(_folder["nothing.json"], "x"));
        Assert.Throws<InputException>(() => StudyFile.Read(_folder.Path, "x"));
    }

    private Study Read(string text) => StudyFile.Read(_folder.Write("study.json", text), "study");
}
