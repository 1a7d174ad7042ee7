using System.Text.Json.Nodes;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verification;

namespace DistillStudio.Tests.Engine.Verification;

public class RunVerifierTests
{
    [Theory]
    [InlineData(MethodNames.TaskPrefix, OptimizerName.AdamW, KeepModel.Best)]
    [InlineData(MethodNames.Standard, OptimizerName.Adafactor, KeepModel.Last)]
    [InlineData(MethodNames.SingleTask, OptimizerName.AdamW, KeepModel.Best)]
    public void Verify_UntouchedRun_ReproducesEveryStepAndTheTest(string method, OptimizerName optimizer, KeepModel keep)
    {
        using var run = new FinishedDemoRun(FinishedDemoRun.Spec with { Method = method, OptimizerName = optimizer, Keep = keep });
        DateTime[] written =
            [.. Directory.EnumerateFiles(run.Folder.Path, "*", SearchOption.AllDirectories).Select(File.GetLastWriteTimeUtc)];

        VerificationReport report = run.Verify();

        Assert.Empty(report.Findings);
        Assert.Equal(VerificationOutcome.Reproduced, report.Outcome);
        Assert.Equal((10, 10), (report.ReplayedSteps, report.TotalSteps));
        Assert.Equal(["steps 1 to 10", "test of the exported weights"], report.Replays.Select(replay => replay.Name));
        Assert.StartsWith("Reproduced to the last bit", report.Sentences[0], StringComparison.Ordinal);
        Assert.Equal(written, Directory.EnumerateFiles(run.Folder.Path, "*", SearchOption.AllDirectories).Select(File.GetLastWriteTimeUtc));
    }

    [Fact]
    public void Verify_StretchesDrawn_StartFromCheckpointsAndCostFewSteps()
    {
        using var run = new FinishedDemoRun();

        VerificationReport one = run.Verify(new VerificationOptions(Stretches: 1, Seed: 3));
        VerificationReport all = run.Verify(new VerificationOptions(Stretches: 9));

        Assert.Equal(VerificationOutcome.Reproduced, one.Outcome);
        Assert.Equal(2, one.ReplayedSteps);
        Assert.Equal(
            ["steps 1 to 2", "steps 5 to 6", "steps 9 to 10", "test of the exported weights"], all.Replays.Select(replay => replay.Name));
        Assert.Contains(all.Notes, note => note.Contains("Only 3 stretches", StringComparison.Ordinal));
    }

    [Fact]
    public void Verify_StretchWithinACheckpointsReach_BeginsThere()
    {
        using var run = new FinishedDemoRun();
        VerificationReport report = run.Verify(new VerificationOptions(Steps: StepRange.Parse("6-7,5-6,1-2")));
        Assert.Equal(["steps 1 to 2", "steps 5 to 7", "test of the exported weights"], report.Replays.Select(replay => replay.Name));
        Assert.Equal(VerificationOutcome.Reproduced, report.Outcome);
    }

    [Fact]
    public void Verify_RunResumedAndNotFinished_IsReproducedUpToItsLastStep()
    {
        using var run = new FinishedDemoRun(stopAfter: 5);
        VerificationReport report = run.Verify(new VerificationOptions(Steps: [new StepRange(0, 5)]));
        Assert.Equal(VerificationOutcome.Reproduced, report.Outcome);
        Assert.Contains(report.Notes, note => note.Contains("not finished", StringComparison.Ordinal));
    }

    public static TheoryData<string, int, string> Figures => new()
    {
        { "labelLoss", 5, "labelLoss" },
        { "rationaleLoss", 6, "rationaleLoss" },
        { "loss", 7, "loss" },
        { "gradientNorm", 8, "gradientNorm" },
        { "learningRate", 9, "learningRate" },
        { "examples", 3, "examples" },
        { "tokens", 4, "tokens" },
        { "epoch", 1, "epoch" },
    };

    [Theory]
    [MemberData(nameof(Figures))]
    public void Verify_FigureOfAStepChanged_NamesStepAndField(string field, int step, string named)
    {
        using var run = new FinishedDemoRun();
        run.ChangeEvents(line => FinishedDemoRun.Is(line, "progressed", step), line =>
            line[field] = field is "examples" or "tokens"
                ? (JsonNode)((long)line[field]! + 1)
                : Math.BitIncrement((double)line[field]!) * (field is "learningRate" or "epoch" ? 1.0001 : 1));

        VerificationReport report = run.Verify();

        Assert.Equal(VerificationOutcome.Differs, report.Outcome);
        Assert.Contains(report.Findings, finding => finding.Step == step && finding.Field == named && finding.Place == "events.jsonl");
        Assert.All(report.Findings, finding => Assert.Equal(step, finding.Step));
    }

    public static TheoryData<string, Action<JsonObject>, string> Evaluations => new()
    {
        { "evaluated", line => line["accuracy"] = 0.9, "accuracy" },
        { "evaluated", line => (line["correct"], line["accuracy"]) = (6, 0.5), "valid correct" },
        { "evaluated", line => line["labelLoss"] = 0.5, "valid labelLoss" },
        { "evaluated", line => line["weightsSha256"] = new string('0', 64), "weightsSha256" },
        { "evaluated", line => line.Clear(), "evaluated" },
        { "sampled", line => line["samples"]![0]!["label"] = "the right one", "label" },
        { "sampled", line => line["samples"]![0]!["truth"] = "the right one", "truth" },
        { "sampled", line => line["samples"]![0]!["isCorrect"] = !(bool)line["samples"]![0]!["isCorrect"]!, "isCorrect" },
        { "checkpointed", line => line["stateSha256"] = new string('0', 64), "stateSha256" },
        { "progressed", line => line.Clear(), "step" },
    };

    [Theory]
    [MemberData(nameof(Evaluations))]
    public void Verify_EventChangedOrRemoved_NamesStepAndField(string kind, Action<JsonObject> change, string named)
    {
        using var run = new FinishedDemoRun();
        run.ChangeEvents(line => FinishedDemoRun.Is(line, kind, 4) && (bool?)line["isBest"] != true, change);

        VerificationReport report = run.Verify();

        Assert.Equal(VerificationOutcome.Differs, report.Outcome);
        Assert.Contains(report.Findings, finding => finding.Step == 4 && finding.Field.EndsWith(named, StringComparison.Ordinal));
    }

    [Fact]
    public void Verify_ResultChangedEverywhere_IsFoundByTheTest()
    {
        using var run = new FinishedDemoRun();
        run.ChangeEvents(line => (string?)line["split"] == "test" && (string?)line["event"] == "evaluated", line =>
            (line["correct"], line["accuracy"]) = (12, 1.0));
        run.ChangeEvents(line => (string?)line["event"] == "finished", line =>
        {
            foreach (string test in new[] { "test", "testBest", "testLast" })
            {
                (line[test]!["correct"], line[test]!["accuracy"]) = (12, 1.0);
            }
        });
        FinishedDemoRun.ChangeLines(run.Folder.TestAnswersPath, _ => true, line => line["isCorrect"] = true);

        VerificationReport report = run.Verify(new VerificationOptions(Stretches: 0));

        Assert.Empty(report.Record);
        Assert.Equal(VerificationOutcome.Differs, report.Outcome);
        Assert.Contains(report.Findings, finding => finding.Field == "test correct" && finding.Recorded == "12");
        Assert.Contains(report.Findings, finding =>
            finding.Place == "test-answers.jsonl" && finding.Field.EndsWith("isCorrect", StringComparison.Ordinal));
    }

    [Fact]
    public void Verify_ResultChangedInOnePlace_ContradictsTheRecord()
    {
        using var run = new FinishedDemoRun();
        run.ChangeEvents(
            line => (string?)line["event"] == "finished", line => (line["test"]!["correct"], line["test"]!["accuracy"]) = (12, 1.0));
        Assert.Contains(run.Verify(new VerificationOptions(Stretches: 0)).Record, finding => finding.Field == "test" && finding.Step == 10);
    }

    [Theory]
    [InlineData("model/model.safetensors", 0.5, "weightsSha256")]
    [InlineData("checkpoints/step-000004.safetensors", 0.5, "sha256")]
    [InlineData("checkpoints/step-000010.safetensors", 0.9, "sha256")]
    public void Verify_ByteOfWeightsFlipped_NamesTheFile(string file, double place, string field)
    {
        using var run = new FinishedDemoRun();
        FinishedDemoRun.FlipByte(run[file], place);

        VerificationReport report = run.Verify(new VerificationOptions(Stretches: 9));

        Assert.Equal(VerificationOutcome.Differs, report.Outcome);
        Assert.Contains(report.Findings, finding => file.StartsWith(finding.Place, StringComparison.Ordinal) && finding.Field == field);
    }

    [Fact]
    public void Verify_CheckpointOfAnotherRun_IsFound()
    {
        using var run = new FinishedDemoRun();
        using var other = new FinishedDemoRun(FinishedDemoRun.Spec with { LearningRate = 1e-3 });
        using var seed = new FinishedDemoRun(FinishedDemoRun.Spec with { Seed = 7 });
        File.Copy(other[Checkpoint], run[Checkpoint], overwrite: true);
        VerificationReport otherSettings = run.Verify();
        Assert.Contains(otherSettings.Findings, finding => finding is { Place: Checkpoint, Step: 4, Field: "lr" });

        File.Copy(run["checkpoints/step-000008.safetensors"], run[Checkpoint], overwrite: true);
        VerificationReport renamed = run.Verify(new VerificationOptions(Stretches: 9));
        Assert.Equal(VerificationOutcome.Differs, renamed.Outcome);
        Assert.Contains(renamed.Findings, finding => finding is { Place: Checkpoint, Step: 4, Field: "step" });
    }

    [Theory]
    [InlineData("train", "dataset", true)]
    [InlineData("weights", "model that the run began with", false)]
    public void Verify_OtherDataOrModelHere_NamesTheFingerprint(string what, string place, bool isSkipped)
    {
        using var run = new FinishedDemoRun();
        run.ChangeEvents(line => (string?)line["event"] == "started", line =>
        {
            JsonNode prints = line["fingerprints"]!;
            _ = what == "train" ? prints[what]!["ordered"] = "0" : prints[what] = "0";
        });

        VerificationReport report = run.Verify(new VerificationOptions(Stretches: 1));

        Assert.Contains(
            report.Record, finding => finding.Place == place && finding.Field == $"fingerprint of {what}" && finding.Recorded == "0");
        Assert.Equal(isSkipped ? 0 : 2, report.ReplayedSteps);
    }

    [Fact]
    public void Verify_ValidationAnswersChanged_NamesTheRow()
    {
        using var run = new FinishedDemoRun();
        FinishedDemoRun.ChangeLines(run["valid-answers.jsonl"], line => (int?)line["step"] == 4, line =>
        {
            byte[] bits = line["correct"]!.GetValueKind() == System.Text.Json.JsonValueKind.String
                ? Convert.FromBase64String((string)line["correct"]!)
                : [];
            bits[0] ^= 1;
            line["correct"] = Convert.ToBase64String(bits);
        });

        VerificationReport report = run.Verify();

        Assert.Equal(2, report.Findings.Count);
        Assert.All(report.Findings, finding => Assert.Equal(("valid-answers.jsonl", 4), (finding.Place, finding.Step)));
    }

    [Fact]
    public void Verify_SettingsChanged_NamesTheSetting()
    {
        using var run = new FinishedDemoRun();
        File.WriteAllText(
            run.Folder.SpecPath,
            File.ReadAllText(run.Folder.SpecPath).Replace("\"batch_size\": 8", "\"batch_size\": 16", StringComparison.Ordinal));
        Finding finding = Assert.Single(run.Verify(new VerificationOptions(Stretches: 1)).Record);
        Assert.Equal(("spec.json", "batch_size", "16"), (finding.Place, finding.Field, finding.Recorded));
    }

    [Fact]
    public void Verify_OtherThreads_ReportsTheDeviationInsteadOfAFalseAlarm()
    {
        using var run = new FinishedDemoRun();

        VerificationReport report = run.Verify(FinishedDemoRun.AllOf with { Threads = 2 });

        Assert.NotEqual(VerificationOutcome.Differs, report.Outcome);
        ReplayResult replay = report.Replays[0];
        Assert.Contains(replay.Environment, one => one is { What: "threads", Recorded: "1", Here: "2" });
        if (replay.Outcome == VerificationOutcome.Deviates)
        {
            Assert.InRange(replay.Largest!.Relative, double.Epsilon, 1e-3);
            Assert.Contains("largest deviation of a loss", replay.Sentence, StringComparison.Ordinal);
            Assert.Contains(report.Sentences, sentence => sentence.StartsWith("Bits may differ", StringComparison.Ordinal)
                && sentence.Contains("threads 1, here 2", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(1, 1.02, VerificationOutcome.Differs)]
    [InlineData(6, 1.5, VerificationOutcome.Differs)]
    [InlineData(6, 1.0000001, VerificationOutcome.Deviates)]
    public void Verify_LossChangedOnAnotherVersion_IsFoundIfRoundingCannotExplainIt(int step, double factor, VerificationOutcome outcome)
    {
        using var run = new FinishedDemoRun(FinishedDemoRun.Spec with { Method = MethodNames.Standard });
        run.ChangeEvents(line => (string?)line["event"] == "started", line => line["version"] = "0.0.1");
        run.ChangeEvents(line => FinishedDemoRun.Is(line, "progressed", step), line =>
            (line["loss"], line["labelLoss"]) = ((double)line["loss"]! * factor, (double)line["labelLoss"]! * factor));

        VerificationReport report = run.Verify();

        Assert.Equal(outcome, report.Outcome);
        Assert.Equal(step, report.Replays[0].Largest!.Step);
        Assert.Equal(outcome == VerificationOutcome.Differs, report.Findings.Any(finding => finding.Step == step));
    }

    [Fact]
    public void Verify_RunWithoutDigests_ComparesLossesWithANote()
    {
        using var run = new FinishedDemoRun();
        run.ChangeEvents(line => line.ContainsKey("weightsSha256") || line.ContainsKey("stateSha256"), line =>
        {
            line.Remove("weightsSha256");
            line.Remove("stateSha256");
        });

        VerificationReport report = run.Verify();

        Assert.Equal(VerificationOutcome.Reproduced, report.Outcome);
        Assert.Contains(report.Notes, note => note.Contains("no digests", StringComparison.Ordinal));
    }

    private const string Checkpoint = "checkpoints/step-000004.safetensors";
}
