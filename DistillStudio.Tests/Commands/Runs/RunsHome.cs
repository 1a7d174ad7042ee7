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
        Directory.CreateDirectory(Home.Runs);
        RunFolder folder = RunFolder.Create(Home.Runs, spec, RunScript.Start);
        using var recorder = new RunRecorder(folder.EventsPath, [], TimeProvider.System);
        foreach (RunEvent happened in (events ?? (s => RunScript.Whole(s, 10)))(spec))
        {
            recorder.Record(happened);
        }

        return folder;
    }

    public Task<CommandResult> RunAsync(params string[] arguments) => InProcess.RunAsync(["runs", .. arguments, "--home", Home.Path]);

    public Task<CommandResult> AnswerAsync(string input, params string[] arguments) =>
        InProcess.RunAsync(["runs", .. arguments, "--home", Home.Path], input);

    public void Dispose() => _folder.Dispose();
}
