namespace DistillStudio.Tests.Engine.Hub;

/// <summary>Tests that change the variables of the Hugging Face libraries, which belong to the process, and so run alone.</summary>
[CollectionDefinition(nameof(HubVariables), DisableParallelization = true)]
public sealed class HubVariablesCollection;

/// <summary>The variables of the Hugging Face libraries, unset or as a test sets them, until disposed.</summary>
internal sealed class HubVariables : IDisposable
{
    public const string Token = "HF_TOKEN";
    public const string Endpoint = "HF_ENDPOINT";
    public const string Cache = "HF_HUB_CACHE";
    private static readonly string[] Names = [Token, Endpoint, Cache];

    private readonly Dictionary<string, string?> _before = Names.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    /// <param name="cache">The test's own folder, so that the user's cache has no effect.</param>
    public HubVariables(string cache)
    {
        Array.ForEach(Names, name => this[name] = null);
        this[Cache] = cache;
    }

    public string? this[string name]
    {
        set => Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose() => Array.ForEach(Names, name => this[name] = _before[name]);
}
