using System.Net;
using System.Net.Sockets;
using System.Text;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.History;
using DistillStudio.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DistillStudio.Tests.Hostile;

/// <summary>One studio for every case of the table, with a secret beside its home that no case may reach.</summary>
public sealed class AttackedStudio : IAsyncLifetime
{
    public const string Secret = "TOP-SECRET-OF-ANOTHER";

    private const int Patience = 10_000;
    private const int Afterwards = 100;

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new();
    private RunningStudio? _studio;
    private string[] _outside = [];

    public Uri Address => new(_studio!.Address);

    public string Host => Address.Authority;

    public StudioHome Home => new(_folder["home"]);

    public string RunId { get; private set; } = "";

    public string SecretPath => _folder["secret.txt"];

    internal IRunManager Manager => _studio!.Manager;

    internal IRunHistory History => _studio!.History;

    internal ILaunchFacts Facts => _studio!.Services.GetRequiredService<ILaunchFacts>();

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(SecretPath, Secret);
        Directory.CreateDirectory(Home.Datasets);
        Directory.CreateDirectory(Home.Models);
        _studio = await RunningStudio.StartAsync(Home);
        RunId = Manager.Launch(RunScript.Spec(20));
        await Eventually.Holds(() => History.Find(RunId)!.State == RunState.Finished);
        _outside = Outside();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_studio is not null)
        {
            await _studio.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>The server answers, and beside the home nothing has come, gone or changed.</summary>
    public async Task AssertUnharmedAsync()
    {
        using HttpResponseMessage answer = await _client.GetAsync(Address, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(_outside, Outside());
        Assert.Equal(Secret, await File.ReadAllTextAsync(SecretPath, TestContext.Current.CancellationToken));
    }

    /// <summary>Sends bytes as they are. Status 0 where the server hung up without an answer.</summary>
    public async Task<(int Status, string Text)> SendAsync(string request)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var socket = new TcpClient();
        await socket.ConnectAsync(Address.Host, Address.Port, patience.Token);
        NetworkStream stream = socket.GetStream();
        var text = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token);
            byte[] piece = new byte[1 << 16];
            for (int read = await stream.ReadAsync(piece, patience.Token); read > 0; read = await stream.ReadAsync(piece, patience.Token))
            {
                text.Append(Encoding.Latin1.GetString(piece, 0, read));
                if (text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    patience.CancelAfter(Afterwards); // a connection that is kept says no more
                }
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && text.Length > 0))
        {
            // Hung up in the middle, or has said all: what came until then counts.
        }

        string answer = text.ToString();
        return (answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3)) : 0, answer);
    }

    /// <summary>A folder of its own in the home's models or datasets.</summary>
    public static string NewFolder(string parent) => Directory.CreateDirectory(Path.Combine(parent, $"case-{Guid.NewGuid():N}")).FullName;

    private string[] Outside() =>
        [
            .. new DirectoryInfo(_folder.Path).EnumerateFileSystemInfos().Select(e => e.Name)
                .Concat(Directory.EnumerateFiles(Path.GetTempPath(), "*escaped*")).Order(StringComparer.Ordinal)
        ];
}

[CollectionDefinition(nameof(AttackedStudio))]
public sealed class AttackedStudioGroup : ICollectionFixture<AttackedStudio>;
