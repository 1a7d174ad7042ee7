using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistillStudio.Engine.Data.Methods;
using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Training;

/// <summary>The work of a benchmark as a file, so that another program can be measured on the same.</summary>
public static class ComparisonWork
{
    /// <summary>Steps whose batches are written; more timed steps repeat them.</summary>
    private const int MostSteps = 25;

    /// <summary>
    /// Writes the model's shape, the batches of the first steps as token ids, and the inputs of the generation, as UTF-8 JSON: the fields
    /// that <c>hf_speed.py</c> reads.
    /// </summary>
    /// <param name="session">An open session, which determines device, precision and threads too.</param>
    /// <param name="timed">Number of timed steps.</param>
    /// <exception cref="InputException">The method's loss is more than a sum of each task's loss.</exception>
    public static byte[] Write(TrainingSession session, int timed)
    {
        if (session.Method.MutualWeight > 0)
        {
            throw new InputException($"--compare hf cannot be used with {session.Spec.Method}, whose loss between two tasks no program "
                + $"elsewhere computes; compare another method.");
        }

        var order = new BatchOrder(session.Data.Train.Count, session.Spec.BatchSize, session.Spec.GradSteps, session.Spec.Seed);
        int[][][] steps = [.. Enumerable.Range(0, Math.Min(MostSteps, Benchmark.WarmUp + timed)).Select(step => order.Step(step))];
        TaskStream stream = Benchmark.GeneratedStream(session);
        var work = new
        {
            Config = JsonNode.Parse(T5ConfigFile.Write(session.Model.Config)),
            Device = session.Model.Device.ToString(),
            Precision = session.Model.Precision.Name(),
            Threads = ParallelTeam.Size,
            Optimizer = session.Spec.OptimizerName == OptimizerName.Adafactor ? "adafactor" : "adamw",
            Benchmark.WarmUp,
            Timed = timed,
            Examples = steps.Select(batches => batches.Sum(rows => rows.Length)),
            Steps = steps.Select(batches => batches.Select(rows => TasksOf(session, rows))),
            Generation = new
            {
                Inputs = Benchmark.GeneratedInputs(session, stream),
                Tokens = session.Spec.GenMaxLen,
            },
        };
        return JsonSerializer.SerializeToUtf8Bytes(work, EngineJson.Events);
    }

    /// <summary>Returns the digest by which a result names its work.</summary>
    public static string DigestOf(byte[] work) => Convert.ToHexStringLower(SHA256.HashData(work));

    private static IEnumerable<object> TasksOf(TrainingSession session, int[] rows)
    {
        EncodedTask?[][] encoded = [.. rows.Select(row => session.Encoder.Encode(session.Data.Train[row]))];
        for (int stream = 0; stream < session.Method.Streams.Count; stream++)
        {
            EncodedTask[] tasks = [.. encoded.Select(row => row[stream]).OfType<EncodedTask>()];
            if (tasks.Length > 0)
            {
                yield return new
                {
                    session.Method.Streams[stream].Weight,
                    Inputs = tasks.Select(task => task.Tokens.Input),
                    Targets = tasks.Select(task => task.Tokens.Target),
                };
            }
        }
    }
}
