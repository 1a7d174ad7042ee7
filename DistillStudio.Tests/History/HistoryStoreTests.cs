using DistillStudio.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistillStudio.Tests.History;

public sealed class HistoryStoreTests : IDisposable
{
    private const int Rounds = 30;
    private const int Readers = 4;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Pages may be drawn while the studio stops.</summary>
    [Fact]
    public async Task Dispose_WhileOthersRead_ClosesTheFileAndReadsFindNothing()
    {
        for (int round = 0; round < Rounds; round++)
        {
            var store = new HistoryStore(_folder[$"{round}.db"], TimeProvider.System, NullLogger.Instance);
            using var reading = new CountdownEvent(Readers);
            Task[] readers =
            [
                .. Enumerable.Range(0, Readers).Select(_ => Task.Run(() =>
                {
                    store.Read(_ => reading.Signal(), false);
                    while (store.Read(_ => true, false))
                    {
                    }
                })),
            ];
            reading.Wait(TestContext.Current.CancellationToken);

            store.Dispose();

            await Task.WhenAll(readers);
            Assert.False(store.Read(_ => true, false));
        }
    }
}
