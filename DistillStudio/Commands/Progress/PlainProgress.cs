using DistillStudio.Engine.Runs;

namespace DistillStudio.Commands.Progress;

/// <summary>Writes progress lines for a file or pipe: important events immediately, the training status periodically.</summary>
internal sealed class PlainProgress(TextWriter output) : IRunObserver
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private RunProgress _progress = new();
    private DateTimeOffset? _lastStatus;

    public void OnEvent(RunEvent happened)
    {
        _progress = _progress.Apply(happened);
        foreach (string line in EventText.Describe(happened, _progress))
        {
            output.WriteLine(line);
        }

        if (happened is PhaseStarted phase)
        {
            output.WriteLine(phase.Text);
        }
        else if (happened is StepCompleted or EvaluationProgressed && (_lastStatus is null || happened.Time - _lastStatus >= Pause))
        {
            _lastStatus = happened.Time;
            output.WriteLine(EventText.Status(_progress));
        }

        output.Flush();
    }
}
