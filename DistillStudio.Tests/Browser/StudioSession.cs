namespace DistillStudio.Tests.Browser;

/// <summary>A browser, and a studio with some work in it, shared by the tests that change nothing.</summary>
public sealed class StudioSession : IAsyncLifetime
{
    private readonly SeededHome _home = SeededHome.WithEverything();
    private RunningStudio? _studio;

    public Chromium Browser { get; } = new();

    public string Address => _studio!.Address;

    internal RunningStudio Studio => _studio!;

    public async ValueTask InitializeAsync()
    {
        await Browser.InitializeAsync();
        _studio = await RunningStudio.StartPacedAsync(_home.Home);
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (_studio is not null)
        {
            await _studio.DisposeAsync();
        }

        _home.Dispose();
    }
}
