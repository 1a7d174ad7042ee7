namespace DistillStudio.Engine.Runtime;

/// <summary>How to start this program again, in a process of its own.</summary>
internal static class OwnProgram
{
    private const string Name = "DistillStudio";

    /// <summary>Returns the file to start and the arguments before the program's own; null if this process is another program.</summary>
    internal static (string File, string[] Before)? Find()
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? $"{Name}.exe" : Name);
        string library = Path.Combine(AppContext.BaseDirectory, $"{Name}.dll");
        string? self = Environment.ProcessPath;
        return File.Exists(program) ? (program, [])
            : self is not null && Path.GetFileNameWithoutExtension(self) == Name ? (self, [])
            : self is not null && Path.GetFileNameWithoutExtension(self) == "dotnet" && File.Exists(library) ? (self, [library])
            : null;
    }
}
