using DistillStudio.Commands;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Commands;

public class FailuresTests
{
    public static TheoryData<Exception, int, string> Thrown => new()
    {
        { new InputException("a.json, line 3: no label; add one."), 2, "a.json, line 3: no label; add one." },
        { new InputException(["One.", "Two."]), 2, "Two." },
        { new StudioException("The GPU is gone."), 1, "The GPU is gone." },
        { new StudioException("The GPU is gone.", "frames"), 1, "The GPU is gone. Details are in " },
        { new InsufficientMemoryException(), 1, "Out of memory; use a smaller --batch_size" },
        { new GenerationMemoryException(64, 8, new InsufficientMemoryException()), 1, "Out of memory while answers were generated, 64 at a "
            + "time with 8 beams each; use fewer --beams, a smaller --batch_size" },
        { new IOException("No space left on device : '/x'", 28), 1, "No space left on device : '/x'; free some space, then try again." },
        { new IOException("Broken pipe"), 1, "Broken pipe. Details are in " },
        { new UnauthorizedAccessException("Access to '/x' is denied."), 1, "Access to '/x' is denied. Details are in " },
        { new InvalidOperationException("odd\nsecond line"), 1, "Unexpected error (InvalidOperationException: odd). Details are in " },
        { new OperationCanceledException(), 1, "Unexpected error" }, // nobody interrupted
    };

    [Theory]
    [MemberData(nameof(Thrown))]
    public async Task Guard_Exception_BecomesExitCodeAndSentence(Exception thrown, int code, string sentence)
    {
        var error = new StringWriter();

        int result = await Failures.GuardAsync(_ => throw thrown, error, TestContext.Current.CancellationToken);

        Assert.Equal(code, result);
        string last = error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith(sentence, last);
        if (last.Split("Details are in ") is [_, { } path])
        {
            Assert.NotEmpty(await File.ReadAllTextAsync(path.Trim(), TestContext.Current.CancellationToken));
            File.Delete(path.Trim());
        }
    }

    [Fact]
    public async Task Guard_Interruption_Ends130()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        int result = await Failures.GuardAsync(
            token => Task.FromException<int>(new OperationCanceledException(token)), TextWriter.Null, source.Token);

        Assert.Equal(130, result);
    }
}
