using DistillStudio.Engine.Model;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Backends.Gpu;

/// <summary>
/// Graphs and static memory of one model, shared by its training steps, losses and decodings, so that they outlive a single evaluation.
/// Disposed with the model.
/// </summary>
internal sealed class ModelGraphs : IDisposable
{
    private readonly Queue<string> _notices = new();
    private DecodingMemory? _decoding;

    private ModelGraphs(ICudaGraphs? graphs, int? most)
    {
        Cache = most is { } count ? new(graphs, _notices.Enqueue, count) : new(graphs, _notices.Enqueue);
    }

    internal GraphCache Cache { get; }

    /// <summary>Memory of the device that recordings and decoding's buffers took, in bytes; null if nothing is recorded.</summary>
    internal long? Bytes => Cache.Bytes + (_decoding?.Bytes ?? 0);

    /// <summary>Returns the graphs attached to a model; null if it computes without static shapes.</summary>
    internal static ModelGraphs? Of(T5 model) => model.Attachment as ModelGraphs;

    /// <summary>Makes a model compute with static shapes: recorded as graphs, or eagerly.</summary>
    /// <param name="model">The model, on its final device.</param>
    /// <param name="graphs">Records graphs; null to run eagerly.</param>
    /// <param name="most">Maximum number of shapes kept; null for the default.</param>
    internal static ModelGraphs Attach(T5 model, ICudaGraphs? graphs, int? most = null)
    {
        model.Attachment?.Dispose();
        var attached = new ModelGraphs(graphs, most);
        model.Attachment = attached;
        return attached;
    }

    /// <summary>Frees graphs and static memory; what is used again is made again.</summary>
    internal void Release()
    {
        Cache.Drop(_ => true);
        _decoding?.Dispose();
        _decoding = null;
    }

    /// <summary>Returns the static memory of decoding, created on first use.</summary>
    internal DecodingMemory Decoding(T5 model) => _decoding ??= new DecodingMemory(model, this);

    /// <summary>Adds a sentence for the run's log.</summary>
    internal void Notify(string notice) => _notices.Enqueue(notice);

    /// <summary>Returns the sentences for the run's log since the last call.</summary>
    internal IEnumerable<string> TakeNotices()
    {
        while (_notices.TryDequeue(out string? notice))
        {
            yield return notice;
        }
    }

    public void Dispose()
    {
        Cache.Dispose();
        _decoding?.Dispose();
    }
}
