using System.Text.Json.Serialization;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Engine.Runs;

/// <summary>Data and model have been loaded; the first step follows.</summary>
/// <param name="Device">The compute device: <c>cpu</c>, <c>cuda:0</c>.</param>
/// <param name="Precision">Precision in which matrix products are computed.</param>
/// <param name="Threads">CPU threads of the matrix products. Results depend on them: sums are split among threads, which changes the order
/// of rounding.</param>
/// <param name="Machine">Processor, cores and operating system.</param>
/// <param name="Version">Version of the program.</param>
/// <param name="DeviceName">Name of the processor or GPU; null for runs recorded by an older program.</param>
/// <param name="LibTorch">Version of libtorch; null for runs recorded by an older program.</param>
/// <param name="Fingerprints">Of data and model; null for runs recorded by an older program.</param>
/// <param name="RejectedRowsLeftOut">Training rows left out because the teacher's review rejected them.</param>
/// <param name="Products">Routes of the matrix products on the CPU, chosen by trials at the start; null on a GPU, and for runs recorded
/// by an older program.</param>
public sealed record Started(
    RunSpec Spec,
    string Device,
    string Precision,
    int Threads,
    long Parameters,
    int TrainRows,
    int ValidRows,
    int TestRows,
    int BlankRowsLeftOut,
    double StepsPerEpoch,
    string Machine,
    string Version,
    string? DeviceName = null,
    string? LibTorch = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RunFingerprints? Fingerprints = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int RejectedRowsLeftOut = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Products = null) : RunEvent;
