using System.Net.WebSockets;
using System.Text;

namespace DistillStudio.Tests.Hostile;

/// <summary>Messages on the web sockets of the hub and of the pages that no client of ours sends.</summary>
[Collection(nameof(AttackedStudio))]
public sealed class HostileHubTests(AttackedStudio studio)
{
    private const char End = '\u001e';
    private const string Greeting = "{\"protocol\":\"json\",\"version\":1}\u001e";
    private const string Circuit = "{\"protocol\":\"blazorpack\",\"version\":1}\u001e";

    public static TheoryData<string, string> Calls => new()
    {
        { "no such method", Call("DeleteEverything", "[]") },
        { "a method of every object", Call("GetHashCode", "[]") },
        { "the hub's own Dispose", Call("Dispose", "[]") },
        { "no method", "{\"type\":1,\"invocationId\":\"1\",\"arguments\":[]}" },
        { "too few arguments", Call("StreamEvents", "[]", type: 4) },
        { "too many arguments", Call("StreamEvents", "[\"x\",1,2,3]", type: 4) },
        { "arguments of another kind", Call("StreamEvents", "[{},[]]", type: 4) },
        { "a number beyond all", Call("StreamEvents", "[\"x\",99999999999999999999999]", type: 4) },
        { "no id", Call("StreamEvents", "[null,1]", type: 4) },
        { "an empty id", Call("StreamEvents", "[\"\",1]", type: 4) },
        { "an id that leads out", Call("StreamEvents", "[\"../../secret.txt\",1]", type: 4) },
        { "an id with a null byte", Call("StreamEvents", "[\"x\\u0000\",1]", type: 4) },
        { "an id of another line", Call("StreamEvents", "[\"x\\r\\nfail: forged\",1]", type: 4) },
        { "an id of 20,000 characters", Call("StreamEvents", $"[\"{new string('x', 20_000)}\",1]", type: 4) },
        { "a number below all", Call("StreamEvents", "[\"x\",-9223372036854775808]", type: 4) },
        { "a stream called as a method", Call("StreamEvents", "[\"x\",1]") },
        { "a call that was never begun ends", "{\"type\":5,\"invocationId\":\"77\"}" },
        { "an item of a stream that never was", "{\"type\":2,\"invocationId\":\"77\",\"item\":1}" },
        { "an end of a stream that never was", "{\"type\":3,\"invocationId\":\"77\",\"result\":1}" },
        { "an unknown kind of message", "{\"type\":99}" },
        { "no kind of message", "{}" },
        { "a list", "[1,2,3]" },
        { "no JSON", "{{{{" },
        { "JSON too deep", new string('[', 10_000) },
        { "half a surrogate", Call("StreamEvents", "[\"\\ud800\",1]", type: 4) },
        { "a message of 200,000 bytes", Call("StreamEvents", $"[\"{new string('x', 200_000)}\",1]", type: 4) },
    };

    public static TheoryData<string, string, string> Greetings => new()
    {
        { "/hubs/runs", "an unknown protocol", "{\"protocol\":\"xml\",\"version\":1}\u001e" },
        { "/hubs/runs", "an unknown version", "{\"protocol\":\"json\",\"version\":99}\u001e" },
        { "/hubs/runs", "no JSON", "hello\u001e" },
        { "/hubs/runs", "no end", new string('x', 50_000) },
        { "/_blazor", "the protocol of the other hub", Greeting },
        { "/_blazor", "no JSON", "hello\u001e" },
        { "/_blazor", "bytes that are no message", Circuit + "\u00ff\u00ff\u00ff\u00ff\u0001" },
        { "/_blazor", "a message longer than any", Circuit + "\u00ff\u00ff\u00ff\u00ff\u0007" },
        { "/_blazor", "a text in place of a message", Circuit + "\u0005hello" },
        { "/_blazor", "a list that never ends", Circuit + "\u0006\u00dd\u00ff\u00ff\u00ff\u00ff\u0001" },
        { "/_blazor", "a circuit that never was", Circuit + Packed("ConnectCircuit", "stolen") },
        {
            "/_blazor",
            "a call before there is a circuit",
            Circuit + Packed("BeginInvokeDotNetFromJS", "1", "System.Diagnostics.Process", "Start", "0", "[]")
        },
        {
            "/_blazor",
            "a start with descriptors made up",
            Circuit
                + Packed(
                    "StartCircuit", "http://localhost/", "http://localhost/",
                    "[{\"type\":\"server\",\"sequence\":0,\"descriptor\":\"AAAA\"}]", "AAAA")
        },
        {
            "/_blazor",
            "a start at a foreign address",
            Circuit + Packed("StartCircuit", "http://evil.example/", "http://evil.example/x", "[]", "")
        },
        { "/_blazor", "no such method", Circuit + Packed("DeleteEverything") },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_ThatCannotBe_IsAnsweredWithoutATrace(string name, string message)
    {
        Assert.NotEmpty(name);
        await AssertQuietAsync("/hubs/runs", Greeting + message + End, WebSocketMessageType.Text);
    }

    [Theory]
    [MemberData(nameof(Greetings))]
    public async Task Socket_ThatBeginsWrong_IsAnsweredWithoutATrace(string path, string name, string bytes)
    {
        Assert.NotEmpty(name);
        await AssertQuietAsync(path, bytes, path == "/_blazor" ? WebSocketMessageType.Binary : WebSocketMessageType.Text);
    }

    [Fact]
    public async Task Streams_MoreThanAConnectionMayHave_AreRefusedWithASentence()
    {
        string id = studio.Manager.Launch(RunScript.Spec(2_000_000)); // still running while its streams are counted
        string calls = string.Concat(
            Enumerable.Range(0, 60).Select(
                i => $"{{\"type\":4,\"invocationId\":\"{i}\",\"target\":\"StreamEvents\",\"arguments\":[\"{id}\",1000000000]}}{End}"));

        string answer = await TalkAsync(
            "/hubs/runs", Greeting + calls, WebSocketMessageType.Text, until: "already; end one of them", patience: 30_000);
        studio.Manager.Cancel(id);

        Assert.Contains("already; end one of them", answer, StringComparison.Ordinal);
        await studio.AssertUnharmedAsync();
    }

    private async Task AssertQuietAsync(string path, string bytes, WebSocketMessageType kind)
    {
        string answer = await TalkAsync(path, bytes, kind, until: "error");

        Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("DistillStudio.", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(AttackedStudio.Secret, answer, StringComparison.Ordinal);
        await studio.AssertUnharmedAsync();
    }

    /// <summary>All that is answered until the text comes, the socket shuts, or a moment has passed.</summary>
    private async Task<string> TalkAsync(string path, string bytes, WebSocketMessageType kind, string until, int patience = 300)
    {
        using var moment = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(new Uri(studio.Address, path)) { Scheme = "ws" }.Uri, moment.Token);
        var answer = new StringBuilder();
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(bytes), kind, endOfMessage: true, moment.Token);
            moment.CancelAfter(patience);
            byte[] piece = new byte[1 << 16];
            while (!answer.ToString().Contains(until, StringComparison.Ordinal))
            {
                WebSocketReceiveResult got = await socket.ReceiveAsync(piece, moment.Token);
                if (got.MessageType == WebSocketMessageType.Close)
                {
                    answer.Append(got.CloseStatusDescription);
                    break;
                }

                answer.Append(Encoding.Latin1.GetString(piece, 0, got.Count));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // It says nothing, or hung up.
        }

        return answer.ToString();
    }

    private static string Call(string method, string arguments, int type = 1) =>
        $"{{\"type\":{type},\"invocationId\":\"1\",\"target\":\"{method}\",\"arguments\":{arguments}}}";

    /// <summary>A call as the pages' protocol packs it: a length, then [1, {}, "1", method, arguments].</summary>
    private static string Packed(string method, params string[] arguments)
    {
        string body = "\u0095\u0001\u0080\u00a11" + Text(method) + (char)(0x90 + arguments.Length) + string.Concat(arguments.Select(Text));
        return body.Length < 128
            ? (char)body.Length + body
            : string.Concat((char)((body.Length & 127) | 128), (char)(body.Length >> 7)) + body;
    }

    private static string Text(string text) => $"\u00d9{(char)text.Length}{text}";
}
