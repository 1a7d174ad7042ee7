using DistillStudio.Engine.Checkpoints;
using DistillStudio.Engine.Hub;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Commands;

/// <summary>Offers to get a model that a command names but that is not on this machine.</summary>
internal static class ModelOffer
{
    /// <summary>Asks whether to get the model, and gets it.</summary>
    /// <param name="model">As the user named it; null for none.</param>
    /// <returns>True if the model is in the home now; false if there is nothing to offer, or the answer was no.</returns>
    /// <exception cref="Engine.Runtime.StudioException">It cannot be obtained.</exception>
    public static async Task<bool> TryGetAsync(Terminal terminal, string? model, StudioHome home, CancellationToken stop)
    {
        if (string.IsNullOrWhiteSpace(model)
            || !terminal.IsAnswered
            || !ModelLocator.IsHubName(model)
            || ModelLocator.WhyMissing(model, home) is null)
        {
            return false;
        }

        HubAddress hub = HubFlags.Read(null, home);
        if (!terminal.Asks($"{model} is not on this machine. Get it from {hub.Endpoint.Host}?"))
        {
            return false;
        }

        BroughtModel got = await ModelsGetCommand.GetAsync(terminal, hub, home, model, HubAddress.MainRevision, stop);
        await terminal.Out.WriteLineAsync($"{got.Name} is in {got.Folder} ({ModelsGetCommand.How(got)}).");
        return true;
    }
}
