using System.CommandLine;
using DistillStudio.Commands;

namespace DistillStudio.Tests.Commands;

public class FlagSpellingTests
{
    private static readonly RootCommand Root = new()
    {
        new Command("train") { new Option<string>("--max_input_length"), new Option<string>("--data-dir"), new Option<string>("--name") },
    };

    [Theory]
    [InlineData("--max-input-length", "--max_input_length")]
    [InlineData("--max_input-length", "--max_input_length")]
    [InlineData("--max-input_length=3", "--max_input_length=3")]
    [InlineData("--max-input-length:a-b_c", "--max_input_length:a-b_c")]
    [InlineData("--data_dir=/a_b/c-d", "--data-dir=/a_b/c-d")]
    [InlineData("--unknown-flag_x", "--unknown-flag_x")]
    [InlineData("data_dir", "data_dir")]
    [InlineData("-1", "-1")]
    public void Canonical_Argument_ChangesOnlyTheNameOfAKnownFlag(string written, string expected) =>
        Assert.Equal([expected], FlagSpelling.Canonical([written], Root));

    [Fact]
    public void Canonical_PastTheEndOfFlags_ChangesNothing()
    {
        string[] arguments = ["--data_dir", "--", "--data_dir"];

        Assert.Equal(["--data-dir", "--", "--data_dir"], FlagSpelling.Canonical(arguments, Root));
    }
}
