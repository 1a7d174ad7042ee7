using System.Net.Sockets;

namespace DistillStudio.Tests.Hostile;

/// <summary>What may lie in the place of a file that the program reads.</summary>
internal static class OddFiles
{
    private const long Huge = 3L << 30;

    private static readonly Dictionary<string, Action<string>> Kinds = new()
    {
        ["3 GB"] = path => { using FileStream file = File.Create(path); file.SetLength(Huge); },
        ["pipe"] = NamedPipe.Make,
        ["folder"] = path => Directory.CreateDirectory(path),
        ["socket"] = path =>
        {
            // A socket's path may have a hundred characters: made in a short place, then moved.
            using var place = new TempFolder();
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(place["s"]));
            File.Move(place["s"], path);
        },
        ["link to a device"] = path => File.CreateSymbolicLink(path, "/dev/zero"),
        ["link to itself"] = path => File.CreateSymbolicLink(path, path),
        ["deeply nested"] = path => File.WriteAllText(path, string.Concat(Enumerable.Repeat("{\"step\":", 100_000))),
        ["no UTF-8"] = path => File.WriteAllBytes(path, [0xFF, 0xFE, 0x7B, 0x80, 0xC3, 0x28]),
        ["numbers out of range"] = path =>
            File.WriteAllText(path, "{\"step\":1e99,\"count\":99999999999999999999,\"color\":1e99,\"queue_order\":99999999999999999999}"),
        ["null"] = path => File.WriteAllText(path, "null"),
        ["empty"] = path => File.WriteAllText(path, ""),
    };

    public static string[] All { get; } = [.. Kinds.Keys];

    /// <summary>Those that are no plain file, or too large for one.</summary>
    public static string[] NotPlain { get; } = ["3 GB", "pipe", "folder", "socket", "link to a device"];

    /// <summary>Puts it in the place of whatever is there.</summary>
    public static void Put(string kind, string path)
    {
        File.Delete(path);
        Kinds[kind](path);
    }
}
