
namespace DistillStudio.Engine.Runtime;

/// <summary>A failure whose message is one sentence for the user; <see cref="Detail"/> is for the log.</summary>
public class StudioException(string message, string? detail = null, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Technical details, such as native stack frames.</summary>
    public string? Detail { get; } = detail;
}

/// <summary>Invalid input or usage: a file, a line, a field or a flag that the user can fix. Commands end with exit code 2.</summary>
public class InputException : StudioException
{
    /// <summary>Creates an exception for one problem: a sentence that names the place and the fix.</summary>
    public InputException(string message, Exception? cause = null)
        : base(message, cause: cause) => Problems = [message];

    /// <summary>Creates an exception for several problems found together, one sentence each.</summary>
    public InputException(IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>The problems, at least one sentence.</summary>
    public IReadOnlyList<string> Problems { get; }
}
