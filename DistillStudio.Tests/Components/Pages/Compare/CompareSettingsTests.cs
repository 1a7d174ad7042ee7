using Bunit;
using DistillStudio.Components.Charts;
using DistillStudio.Components.Pages.Compare;
using DistillStudio.Components.Presentation;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;
using DistillStudio.History;

namespace DistillStudio.Tests.Components.Pages.Compare;

public sealed class CompareSettingsTests : StudioContext
{
    [Fact]
    public void Table_Pair_HoldsTheMethodAndWhatFollowsFromIt()
    {
        RunSpec spec = RunScript.Spec();
        Dictionary<string, string[]> rows = Rows(spec with { Method = MethodNames.Standard }, spec);
        Assert.Equal(["Standard", "Step-by-step"], rows["Method"]);
        Assert.Equal(["–", "0.5"], rows["Alpha"]); // one loss: nothing to weigh
        Assert.Equal(["–", "palm"], rows["Teacher"]);
        Assert.DoesNotContain("Random seed", rows.Keys);
        Assert.DoesNotContain("Steps", rows.Keys);
    }

    [Fact]
    public void Table_Grid_HoldsEachSettingThatDiffersAndNoOther()
    {
        RunSpec spec = RunScript.Spec();
        Dictionary<string, string[]> rows = Rows(
            spec, spec with { Alpha = 0.1, Seed = 3 }, spec with { Alpha = 0.9, LearningRate = 1e-3, Name = "named" });
        Assert.Equal(["Alpha", "Learning rate", "Random seed"], rows.Keys.Order());
        Assert.Equal(["0.5", "0.1", "0.9"], rows["Alpha"]);
        Assert.Equal(["0", "3", "0"], rows["Random seed"]);
    }

    [Fact]
    public void Table_SameSettings_SaysSo()
    {
        RunSpec spec = RunScript.Spec();
        IRenderedComponent<CompareSettings> settings = Show(spec, spec);
        Assert.Empty(settings.FindAll("table"));
        Assert.Contains("None: these runs have the same settings.", settings.Markup, StringComparison.Ordinal);
        Assert.Contains(
            "All other settings are the same; computed with threads 2, precision float32, device cpu, processor or GPU a processor, "
                + "version 1.0, libtorch 2.10.0.",
            settings.Markup, StringComparison.Ordinal);
    }

    /// <summary>What was computed with tells runs apart, whatever was asked for.</summary>
    [Theory]
    [InlineData("Threads", "1", "2")]
    [InlineData("Precision", "bfloat16", "float32")]
    [InlineData("Device", "cuda:0", "cpu")]
    [InlineData("Processor or GPU", "another", "a processor")]
    [InlineData("Version", "0.9", "1.0")]
    [InlineData("libtorch", "2.11.0", "2.10.0")]
    public void Table_ComputedWithSomethingElse_HoldsItAsASettingThatDiffers(string title, string other, string usual)
    {
        Started started = Usual(RunScript.Spec());
        Started changed = title switch
        {
            "Threads" => started with { Threads = 1 },
            "Precision" => started with { Precision = other },
            "Device" => started with { Device = other },
            "Processor or GPU" => started with { DeviceName = other },
            "Version" => started with { Version = other },
            _ => started with { LibTorch = other },
        };
        IRenderedComponent<CompareSettings> settings = Show(changed, started);

        KeyValuePair<string, string[]> row = Assert.Single(RowsOf(settings));
        Assert.Equal([title, other, usual], [row.Key, .. row.Value]);
        Assert.DoesNotContain($"{char.ToLowerInvariant(title[0])}{title[1..]} {usual}", settings.Markup, StringComparison.Ordinal);
    }

    /// <summary>What a run was made from tells runs apart, whatever it was called.</summary>
    [Theory]
    [InlineData("Dataset files", "x", "d1")]
    [InlineData("Training rows", "800 rows, x", "800 rows, c1")]
    [InlineData("Validation rows", "60 rows, x", "100 rows, c2")]
    [InlineData("Test rows", "60 rows, x", "100 rows, c3")]
    [InlineData("Model's config", "x", "g1")]
    [InlineData("Weights", "x", "w1")]
    [InlineData("Tokenizer", "x", "k1")]
    public void Table_MadeFromSomethingElse_HoldsItAsASettingThatDiffers(string title, string other, string usual)
    {
        Started started = Usual(RunScript.Spec());
        Started changed = started with
        {
            Fingerprints = title switch
            {
                "Dataset files" => Prints with { Dataset = "x" },
                "Training rows" => Prints with { Train = new(800, "o1", "x") },
                "Validation rows" => Prints with { Valid = new(60, "x", "x") },
                "Test rows" => Prints with { Test = new(60, "x", "x") },
                "Model's config" => Prints with { Config = "x" },
                "Weights" => Prints with { Weights = "x" },
                _ => Prints with { Tokenizer = "x" },
            },
        };
        KeyValuePair<string, string[]> row = Assert.Single(RowsOf(Show(changed, started)));
        Assert.Equal([title, other, usual], [row.Key, .. row.Value]);
    }

    [Fact]
    public void Table_RowsInAnotherOrder_AreTheSameRows()
    {
        Started started = Usual(RunScript.Spec());
        Assert.Empty(RowsOf(Show(started, started with { Fingerprints = Prints with { Test = new(100, "reversed", "c3") } })));
    }

    /// <summary>The seed says it already; weights that differ at one seed are another matter.</summary>
    [Theory]
    [InlineData(ModelInit.Random, 1, false)]
    [InlineData(ModelInit.Random, 0, true)]
    [InlineData(ModelInit.Pretrained, 1, true)]
    public void Table_RandomWeightsOfAnotherSeed_FollowFromTheSeed(ModelInit init, int seed, bool isTelling)
    {
        RunSpec spec = RunScript.Spec() with { Init = init };
        Dictionary<string, string[]> rows = RowsOf(
            Show(Usual(spec), Usual(spec with { Seed = seed }) with { Fingerprints = Prints with { Weights = "x" } }));
        Assert.Equal(isTelling, rows.ContainsKey("Weights"));
        Assert.Equal(seed != 0, rows.ContainsKey("Random seed"));
    }

    [Fact]
    public void Table_RunWithoutFingerprints_IsNotSaidToBeTheSame()
    {
        Started started = Usual(RunScript.Spec());
        IRenderedComponent<CompareSettings> settings = Show(started with { Fingerprints = null }, started);
        Assert.Empty(RowsOf(settings));
        Assert.Contains("All other settings that are known are the same;", settings.Find("p.small").TextContent, StringComparison.Ordinal);
        Assert.Contains(
            "Not known of all: dataset files, teacher's files, training rows, validation rows, test rows, model's config, weights, "
                + "tokenizer.",
            settings.Find("p.small").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_TakenUpWithOtherData_NamesBoth()
    {
        Started started = Usual(RunScript.Spec());
        RunSummary moved = Add("moved", run =>
            run with
            {
                Environment = started,
                EarlierEnvironments = [RunEnvironment.Of(started with { Fingerprints = Prints with { Dataset = "x" } })],
            });
        Assert.Equal(
            ["x, then d1", "d1"], RowsOf(Show([moved, Add("stayed", run => run with { Environment = started })]))["Dataset files"]);
    }

    [Fact]
    public void Table_AskedForInOtherWords_ComputedTheSame_SaysNothingOfIt()
    {
        RunSpec spec = RunScript.Spec();
        Assert.Empty(RowsOf(Show(Usual(spec), Usual(spec with { Threads = 2, Device = "cpu", Bf16 = false }))));
    }

    [Fact]
    public void Table_RunsOfAnOlderProgram_ClaimNoMoreThanIsKnown()
    {
        Started old = Usual(RunScript.Spec()) with { DeviceName = null, LibTorch = null };
        IRenderedComponent<CompareSettings> both = Show(old, old);
        Assert.Empty(RowsOf(both));
        Assert.Contains("All other settings that are known are the same; computed with threads 2", both.Markup, StringComparison.Ordinal);
        Assert.Contains("Not known of all: processor or GPU, libtorch.", both.Markup, StringComparison.Ordinal);

        IRenderedComponent<CompareSettings> one = Show(old, Usual(RunScript.Spec()));
        Assert.Equal(["unknown", "2.10.0"], RowsOf(one)["libtorch"]);
    }

    [Fact]
    public void Table_RunThatHasNotBegun_IsShownAsAskedOrUnknown()
    {
        RunSpec spec = RunScript.Spec() with { Threads = 1 };
        Dictionary<string, string[]> rows = RowsOf(
            Show(
                [
                    Add("waiting", state: RunState.Queued, spec: spec),
                    Add("done", run => run with { Environment = Usual(spec) }, spec: spec),
                ]));
        Assert.Equal(["1", "2"], rows["Threads"]);
        Assert.Equal(["unknown", "float32"], rows["Precision"]);
    }

    [Fact]
    public void Table_TakenUpWithOtherThreads_NamesBoth()
    {
        Started started = Usual(RunScript.Spec());
        RunSummary moved = Add(
            "moved", run => run with { Environment = started, EarlierEnvironments = [RunEnvironment.Of(started with { Threads = 1 })] });
        Assert.Equal(["1, then 2", "2"], RowsOf(Show([moved, Add("stayed", run => run with { Environment = started })]))["Threads"]);
    }

    [Fact]
    public void Names_OfRunsWithOtherThreads_SayTheThreads()
    {
        Started started = Usual(RunScript.Spec());
        RunSummary[] runs = [
            Add("a", run => run with { Name = null, Environment = started }),
            Add("b", run => run with { Name = null, Environment = started with { Threads = 1, Version = "0.9" } }),
        ];
        Assert.Equal(["threads 2", "threads 1"], RunNames.Of(runs));
    }

    private static readonly RunFingerprints Prints = new(
        "d1", null, new(800, "o1", "c1"), new(100, "o2", "c2"), new(100, "o3", "c3"), "g1", "w1", "k1");

    private static Started Usual(RunSpec spec) => RunScript.Started(spec) with
    {
        DeviceName = "a processor",
        LibTorch = "2.10.0",
        Fingerprints = Prints,
    };

    private Dictionary<string, string[]> Rows(params RunSpec[] specs) => RowsOf(Show(specs));

    private static Dictionary<string, string[]> RowsOf(IRenderedComponent<CompareSettings> settings) =>
        settings.FindAll("tbody tr").ToDictionary(
            r => r.QuerySelector("th")!.TextContent, r => r.QuerySelectorAll("td").Select(d => d.TextContent).ToArray());

    private IRenderedComponent<CompareSettings> Show(params RunSpec[] specs) => Show([.. specs.Select(Usual)]);

    private IRenderedComponent<CompareSettings> Show(params Started[] started) =>
        Show(
            [.. started.Select((s, i) => Add($"run-{Bench.History.ListRuns().Count}", run => run with { Environment = s }, spec: s.Spec))]);

    private IRenderedComponent<CompareSettings> Show(RunSummary[] runs) =>
        Render<CompareSettings>(p => p.Add(c => c.Runs, [.. runs.Select((run, i) => new FigureRun(run, $"run {i}", i))]));
}
