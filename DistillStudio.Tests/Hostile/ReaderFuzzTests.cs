using System.Diagnostics;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Hostile;

/// <summary>
/// Files with random faults: a reader takes one or refuses it with a sentence of its own, throws nothing else, and takes no more memory
/// than
/// <see cref="FuzzedReader.AllowedBytes"/> and <see cref="FuzzedReader.BytesPerByte"/> say. The whole count is run by <c>fuzz.sh</c> beside
/// this file.
/// </summary>
public sealed class ReaderFuzzTests
{
    private const int Rounds = 400;
    private const int AllRounds = 100_000;

    public static TheoryData<string> Names => [.. FuzzedReader.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_FilesWithFaults_EscapesOnlyAsInputException(string name)
    {
        Outcome outcome = Fuzz(name, 0, Rounds);

        Assert.InRange(outcome.Taken, 1, name == "events" ? Rounds : Rounds - 1); // both were seen; a line that is no event is passed over
    }

    [Fact(Explicit = true)]
    public void Read_OneHundredThousandFilesWithFaults_EscapesOnlyAsInputException()
    {
        int each = AllRounds / FuzzedReader.All.Count;
        foreach (string name in FuzzedReader.All.Keys)
        {
            var watch = Stopwatch.StartNew();
            Outcome outcome = Fuzz(name, 0, each);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{name}: {each:N0} files, {outcome.Taken:N0} taken, {each - outcome.Taken:N0} refused, "
                    + $"at most {outcome.MostBytes / 1024.0:N0} KB allocated for one ({outcome.AllowedThen / 1024.0:N0} KB allowed), "
                    + $"{watch.Elapsed.TotalSeconds:N0} s");
        }
    }

    private static Outcome Fuzz(string name, int from, int rounds)
    {
        FuzzedReader reader = FuzzedReader.All[name]();
        using var folder = new TempFolder();
        var outcome = new Outcome(0, 0, 0);
        for (int round = from; round < from + rounds; round++)
        {
            string path = folder.Write(reader.File, reader.Make(new SeededRandom((ulong)round)));
            bool isTaken = true;
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                reader.Read(path);
            }
            catch (InputException e)
            {
                isTaken = false;
                Assert.Contains(folder.Path, e.Message, StringComparison.Ordinal);
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}, round {round}: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            long allowed = reader.AllowedBytes + (FuzzedReader.BytesPerByte * new FileInfo(path).Length);
            Assert.True(
                allocated <= allowed,
                $"{name}, round {round}: {allocated:N0} bytes allocated for a file of {new FileInfo(path).Length:N0}");
            outcome =
                new(
                    outcome.Taken + (isTaken ? 1 : 0), Math.Max(outcome.MostBytes, allocated),
                    allocated > outcome.MostBytes ? allowed : outcome.AllowedThen);
        }

        return outcome;
    }

    /// <param name="AllowedThen">What was allowed where the most was taken.</param>
    private sealed record Outcome(int Taken, long MostBytes, long AllowedThen);
}
