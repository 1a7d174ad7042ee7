using System.Text.Json.Nodes;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Verification;

namespace DistillStudio.Tests.Support;

/// <summary>A short finished run of the demo, whose record a test may change. Steps 0, 4, 8 and 10 can be restored.</summary>
internal sealed class FinishedDemoRun : IDisposable
{
    private readonly DemoTraining _bench = new();

    public FinishedDemoRun(RunSpec? spec = null, int stopAfter = 0) => Folder = _bench.Train(spec ?? Spec, stopAfter).Folder;

    public static RunSpec Spec => DemoTraining.Short with { MaxSteps = 10, EvalSteps = 2, KeepCheckpoints = 2, Threads = 1 };

    public RunFolder Folder { get; }

    public string Root => _bench.Root;

    public static VerificationOptions AllOf => new(Steps: [new StepRange(0, 10)]);

    public void Dispose() => _bench.Dispose();

    public string this[string name] => Path.Combine(Folder.Path, name);

    /// <summary>Verifies the run; by default every step of it.</summary>
    public VerificationReport Verify(VerificationOptions? options = null) =>
        RunVerifier.Verify(Folder, options ?? AllOf, new StudioHome(Root), _ => { }, TestContext.Current.CancellationToken);

    /// <summary>Changes each event for which the change is not null, and removes those that become an empty object.</summary>
    public void ChangeEvents(Func<JsonObject, bool> which, Action<JsonObject> change) => ChangeLines(Folder.EventsPath, which, change);

    public static void ChangeLines(string path, Func<JsonObject, bool> which, Action<JsonObject> change)
    {
        JsonObject[] lines = [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!.AsObject())];
        Assert.Contains(lines, line => which(line));
        lines.Where(which).ToList().ForEach(change);
        File.WriteAllLines(path, lines.Where(line => line.Count > 0).Select(line => line.ToJsonString()));
    }

    public static void FlipByte(string path, double place)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[(int)(bytes.Length * place)] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    public static bool Is(JsonObject line, string kind, int step) => (string?)line["event"] == kind && (int?)line["step"] == step;
}
