namespace DistillStudio.Tests.Commands;

public class WrongFlagsTests
{
    private static readonly string[] Enough = ["train", "--dataset", "cqa", "--from_pretrained", "demo"];

    /// <summary>Flags added to a command that is right without them, and what the one sentence must hold.</summary>
    public static TheoryData<string[], string[]> Wrong => new()
    {
        { ["--alpha", "1.5"], ["--alpha", "1.5", "from 0 to 1"] },
        { ["--bf16=maybe"], ["--bf16", "maybe", "write --bf16 alone"] },
        { ["--no_log", "yes"], ["--no_log", "yes", "leave it out"] },
        { ["--alpha", "-0.1"], ["--alpha", "-0.1"] },
        { ["--alpha", "half"], ["--alpha", "half", "number"] },
        { ["--alpha=nan"], ["--alpha", "nan"] },
        { ["--alpha"], ["--alpha", "lacks its value"] },
        { ["--subsample", "0"], ["--subsample", "above 0"] },
        { ["--subsample", "2"], ["--subsample", "2"] },
        { ["--max_steps", "0"], ["--max_steps", ", 1 or more"] },
        { ["--max-steps", "1e4"], ["--max_steps", "1e4", "whole number"] },
        { ["--max_steps", "99999999999"], ["--max_steps", "99999999999"] },
        { ["--eval_steps", "-1"], ["--eval_steps", "-1"] },
        { ["--batch_size", "0"], ["--batch_size", "65536"] },
        { ["--batch-size=2.5"], ["--batch_size", "2.5"] },
        { ["--grad_steps", "0"], ["--grad_steps"] },
        { ["--lr", "0"], ["--lr", "5e-5"] },
        { ["--lr", "-1"], ["--lr", "-1"] },
        { ["--lr", "inf"], ["--lr", "inf"] },
        { ["--run", "-1"], ["--run", ", 0 or more"] },
        { ["--max_input_length", "0"], ["--max_input_length"] },
        { ["--gen_max_len", "0"], ["--gen_max_len"] },
        { ["--optimizer_name", "sgd"], ["--optimizer_name", "sgd", "AdamW or Adafactor"] },
        { ["--optimizer_name", "0"], ["--optimizer_name", "AdamW or Adafactor"] },
        { ["--model_type", "multi"], ["--model_type", "multi", "standard, task_prefix, single_task"] },
        { ["--label_type", "palm"], ["--label_type", "gt or llm"] },
        { ["--llm", "none"], ["--llm", "task_prefix", "rationales"] },
        { ["--llm", "none", "--model_type", "standard", "--label_type", "llm"], ["--llm", "labels"] },
        { ["--llm", "a/b"], ["--llm", "a/b"] },
        { ["--init", "zero"], ["--init", "pretrained or random"] },
        { ["--keep", "both"], ["--keep", "best or last"] },
        { ["--device", "gpu"], ["--device", "gpu", "cuda:n"] },
        { ["--threads", "0"], ["--threads", "1024"] },
        { ["--eval-limit", "0"], ["--eval-limit"] },
        { ["--data-dir", ""], ["--data-dir", "folder"] },
        { ["--home="], ["--home", "lacks its value"] },
        { ["--out", ""], ["--out", "empty"] },
        { ["--dataset", "../../etc"], ["--dataset", "../../etc"] },
        { ["--dataset", ""], ["--dataset", "missing"] },
        { ["--dataset", "imagenet"], ["--dataset imagenet", "cqa, svamp, esnli, anli1, asdiv, demo"] },
        { ["--from_pretrained", "/no/such/model"], ["--from_pretrained /no/such/model", "folder"] },
        { ["--data_dir", "/no/such/data"], ["--data-dir /no/such/data", "folder"] },
        { ["--parallelize"], ["--parallelize", "not supported", "--device"] },
        { ["--local_rank", "-1"], ["--local_rank", "not supported", "--device"] },
        { ["--local-rank=0"], ["--local-rank", "not supported"] },
        { ["--batchsize", "8"], ["--batchsize", "did you mean --batch_size?"] },
        { ["--frobnicate=1"], ["--frobnicate", "--help"] },
        { ["-x"], ["-x", "--help"] },
        { ["cqa"], ["cqa", "no flag"] },
        { ["--bf16", "--fp32"], ["--bf16 and --fp32", "one of them"] },
        { ["--bf16", "true"], ["--bf16", "true", "alone"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Train_OneWrongFlag_IsRefusedInOneSentence(string[] flags, string[] parts)
    {
        CommandResult result = await InProcess.RunAsync([.. Enough, .. flags]);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Out);
        string problem = Assert.Single(result.Problems);
        Assert.All(parts, part => Assert.Contains(part, problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Train_ManyWrongFlags_AreRefusedTogether()
    {
        CommandResult result = await InProcess.RunAsync(
            ["train", "--parallelize", "--bogus", "--alpha", "7", "--lr", "fast", "--max_steps", "--model-type", "x", "stray word"]);

        Assert.Equal(2, result.ExitCode);
        HashSet<string> expected = [
            "--parallelize", "--bogus", "--alpha", "--lr", "--max_steps", "--model_type", "--dataset", "--from_pretrained",
            "\"stray word\"",
        ];
        Assert.Equal(expected.Count, result.Problems.Length);
        Assert.All(
            result.Problems, problem => Assert.Contains(expected, subject => problem.StartsWith(subject + " ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Train_FlagsThatChangeNothing_AreNamedAndTheRunContinues()
    {
        using var world = new SmallWorld();
        CommandResult result = await ProgramRun.ToEndAsync(
            world.Train("--max_steps", "2", "--model_type", "standard", "--alpha", "0.3", "--output_rationale", "--llm", "none"));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(
            [
                "--alpha has no effect: standard training has one loss: there is nothing to weight.",
                "--output_rationale has no effect: only step-by-step writes rationales apart from labels.",
            ],
            result.Problems.Order());
    }

    [Theory]
    [InlineData("frobnicate", "serve, train")]
    [InlineData("--frobnicate", "`serve --help`")]
    public async Task Root_UnknownWord_IsRefusedInOneSentence(string word, string part)
    {
        CommandResult result = await InProcess.RunAsync([word]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(part, Assert.Single(result.Problems), StringComparison.Ordinal);
    }
}
