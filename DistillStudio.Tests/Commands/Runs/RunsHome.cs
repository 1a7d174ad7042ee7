using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Commands.Runs;

/// <summary>A home with recorded runs, and the commands over them.</summary>
internal sealed class RunsHome : IDisposable
{
    private readonly TempFolder _folder = new();

    public StudioHome Home => _folder.Home;

    public string this[string name] => _folder[name];

    /// <summary>Records a run as a trainer does.</summary>
    public RunFolder Add(RunSpec? spec = null, Func<RunSpec, IEnumerable<RunEvent>>? events = null)
    {
        spec ??= RunScript.Spec(20);
        return RunFiles.Create(Home, spec, events?.Invoke(spec) ?? RunScript.Whole(spec, 10));
    }

    public Task<CommandResult> RunAsync(params string[] arguments) => InProcess.RunAsync(["runs", .. arguments, "--home", Home.Path]);

    public Task<CommandResult> AnswerAsync(string input, params string[] arguments) =>
        InProcess.RunAsync(["runs", .. arguments, "--home", Home.Path], input);

    public void Dispose() => _folder.Dispose();
}
