using System.Runtime.InteropServices;

namespace DistillStudio.Engine.Runtime.Interop;

/// <summary>A native call that TorchSharp does not wrap has failed; handled like TorchSharp's own exceptions.</summary>
/// <param name="message">The native message; its first line is enough for a person.</param>
internal sealed class NativeException(string message) : ExternalException(message);
