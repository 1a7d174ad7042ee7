using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Hardware;
using DistillStudio.Engine.Runtime.Interop;

namespace DistillStudio.Engine.Runtime;

/// <summary>A failure that can be told to a person in one sentence; <see cref="Detail"/> is for the log.</summary>
public class StudioException(string message, string? detail = null, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What an engineer would want besides the sentence, such as native stack frames.</summary>
    public string? Detail { get; } = detail;
}

/// <summary>Bad input or wrong use: a file, a line, a field or a flag that the user can mend. Commands end with exit code 2.</summary>
public class InputException : StudioException
{
    /// <summary>One problem, as a sentence that names the place and the mend.</summary>
    public InputException(string message, Exception? cause = null)
        : base(message, cause: cause) => Problems = [message];

    /// <summary>Several problems found in one look, each a sentence of its own.</summary>
    public InputException(IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>At least one sentence.</summary>
    public IReadOnlyList<string> Problems { get; }
}
