using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Import;

namespace DistillStudio.Configuration;

/// <summary>Where a studio gets published models and datasets from.</summary>
/// <param name="HubUrl">As in <see cref="StudioOptions.HubUrl"/>.</param>
/// <param name="DatasetsUrl">As in <see cref="StudioOptions.DatasetsUrl"/>.</param>
public sealed record PublishedSources(string? HubUrl = null, string? DatasetsUrl = null)
{
    /// <summary>An address, an archive or a folder.</summary>
    public string Datasets => DatasetGetter.SourceOf(DatasetsUrl);

    /// <summary>Returns the hub; read when it is needed, so that a studio that needs none starts with any <c>HF_ENDPOINT</c>.</summary>
    /// <exception cref="Engine.Runtime.InputException">The address cannot be used.</exception>
    public HubAddress Hub() => HubAddress.Read(HubUrl);
}
