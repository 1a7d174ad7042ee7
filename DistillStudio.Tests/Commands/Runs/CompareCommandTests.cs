using System.Text.Json;
using DistillStudio.Engine.Data;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Evaluation;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Commands.Runs;

public sealed class CompareCommandTests : IDisposable
{
    private readonly RunsHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Compare_TwoMethodsAsJson_HasTheDocumentedFields()
    {
        RunFolder standard = Add(RunScript.Spec(20) with { Method = MethodNames.Standard }, right: 40);
        RunFolder stepByStep = Add(RunScript.Spec(20), right: 75);

        CommandResult result = await _home.RunAsync("compare", standard.Id, stepByStep.Path, "--json");

        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Out);
        JsonElement root = json.RootElement;
        Assert.Equal(100, root.GetProperty("rows").GetProperty("shared").GetInt32());
        JsonElement models = root.GetProperty("models");
        Assert.Equal(0.35, models.GetProperty("difference").GetDouble(), 1e-12);
        Assert.InRange(models.GetProperty("low").GetDouble(), 0.2, 0.35);
        Assert.InRange(models.GetProperty("high").GetDouble(), 0.35, 0.5);
        Assert.InRange(models.GetProperty("mcnemarP").GetDouble(), 0, 0.001);
        Assert.True(models.GetProperty("decided").GetBoolean());
        JsonElement methods = root.GetProperty("methods");
        Assert.Equal(1, methods.GetProperty("seeds").GetInt32());
        Assert.Equal(0.35, methods.GetProperty("difference").GetDouble(), 1e-12);
        Assert.Equal(-1, methods.GetProperty("low").GetDouble());
        Assert.Equal(1, methods.GetProperty("high").GetDouble());
        Assert.Equal(1, methods.GetProperty("p").GetDouble());
        Assert.False(methods.GetProperty("decided").GetBoolean());
        Assert.Contains(
            "one seed each tells nothing about methods", root.GetProperty("sentences")[1].GetString(), StringComparison.Ordinal);
        Assert.Equal(8, root.GetProperty("moreSeeds").GetArrayLength());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compare_LineWithoutAnEvent_SaysInWhichRun(bool isJson)
    {
        RunFolder whole = Add(RunScript.Spec(20) with { Name = "whole" }, right: 40);
        RunFolder damaged = Add(RunScript.Spec(20) with { Name = "damaged", Alpha = 0.1 }, right: 75);
        File.AppendAllText(damaged.EventsPath, "?\n?\n");

        CommandResult result = await _home.RunAsync(["compare", whole.Id, damaged.Id, .. isJson ? ["--json"] : Array.Empty<string>()]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("events.jsonl of damaged has 2 lines without an event that can be read", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_Baseline_TurnsTheDifferenceRound()
    {
        RunFolder one = Add(RunScript.Spec(20) with { Name = "one" }, right: 40);
        RunFolder two = Add(RunScript.Spec(20) with { Name = "two", Alpha = 0.1 }, right: 75);

        CommandResult result = await _home.RunAsync("compare", "one", "two", "--baseline", "two", "--json");

        using var json = JsonDocument.Parse(result.Out);
        Assert.Equal(two.Id, json.RootElement.GetProperty("baseline").GetString());
        Assert.Equal(one.Id, Assert.Single(json.RootElement.GetProperty("comparisons").EnumerateArray()).GetProperty("run").GetString());
        Assert.Equal(-0.35, json.RootElement.GetProperty("models").GetProperty("difference").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task Compare_SeedsOfOneMethod_ClaimsNothingAboutMethods()
    {
        RunFolder[] runs =
            [.. Enumerable.Range(0, 5).Select(seed => Add(RunScript.Spec(20) with { Seed = seed }, right: 30 + (12 * seed)))];
        foreach ((RunFolder first, RunFolder second) in runs.SelectMany((first, i) => runs.Skip(i + 1).Select(second => (first, second))))
        {
            CommandResult result = await _home.RunAsync("compare", first.Id, second.Id, "--json");

            using var json = JsonDocument.Parse(result.Out);
            Assert.False(json.RootElement.GetProperty("methods").GetProperty("decided").GetBoolean());
            Assert.Equal(0, json.RootElement.GetProperty("methods").GetProperty("seeds").GetInt32());
        }
    }

    [Fact]
    public async Task Compare_FailedRun_SaysSoAndEnds()
    {
        RunFolder good = Add(RunScript.Spec(20), right: 40);
        RunFolder failed = _home.Add(
            RunScript.Spec(20) with { Seed = 1 }, spec => [RunScript.Started(spec), new Failed(0, "It broke.", null, null)]);

        CommandResult result = await _home.RunAsync("compare", good.Id, failed.Id);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("seed 1 failed before its first evaluation: It broke.", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--margin", "2", "--margin 2 is out of range")]
    [InlineData("--margin", "0", "--margin 0 is out of range")]
    [InlineData("--margin", "NaN", "--margin NaN is out of range")]
    [InlineData("--margin", "two", "--margin two is out of range")]
    [InlineData("--baseline", "nothing", "There is no run \"nothing\"")]
    public async Task Compare_WrongFlag_IsRefusedInOneSentence(string flag, string value, string part)
    {
        RunFolder run = Add(RunScript.Spec(20), right: 40);

        CommandResult result = await _home.RunAsync(
            "compare", run.Id, Add(RunScript.Spec(20) with { Seed = 1 }, right: 50).Id, flag, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_OneRunNamedTwice_AsksForAnother()
    {
        RunFolder run = Add(RunScript.Spec(20), right: 40);

        CommandResult result = await _home.RunAsync("compare", run.Id, run.Path);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is the only run named", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    private RunFolder Add(RunSpec spec, int right)
    {
        var test = new DistillStudio.Engine.Runs.TestResult(right / 100.0, right, 100, spec.MaxSteps);
        RunFolder folder = _home.Add(
            spec, s => [.. RunScript.Whole(s, 10).SkipLast(1), new Finished(s.MaxSteps, test, test, test, 0.5, "model", 1)]);
        TrainingRow[] rows = [.. Enumerable.Range(0, 100).Select(i => new TrainingRow(i, $"question {i}", $"{i}", $"{i}", null, null))];
        TestAnswers.Write(
            folder.Path, rows, [.. rows.Select(row => new Answer(row.Index, row.Truth, null, row.Index < right, false, false))],
            KeepModel.Best, null);
        return folder;
    }
}
