using DistillStudio.Engine.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DistillStudio.Commands.Progress;

/// <summary>
/// Draws a live progress bar: steps, rate and time left, with losses and the last accuracy below and evaluations scrolling above.
/// </summary>
internal sealed class LiveProgress(IAnsiConsole console) : IRunObserver
{
    private RunProgress _progress = new(); // written by the training thread, read by the drawing thread

    public void OnEvent(RunEvent happened)
    {
        RunProgress progress = _progress.Apply(happened);
        Volatile.Write(ref _progress, progress);
        foreach (string line in EventText.Describe(happened, progress))
        {
            console.WriteLine(line, StyleOf(happened));
        }
    }

    /// <summary>Draws the progress bar while <paramref name="run"/> is running, then removes it.</summary>
    public Task<T> WatchAsync<T>(Func<Task<T>> run) => console
        .Progress()
        .AutoClear(true)
        .HideCompleted(false)
        .Columns(new StepColumn(this), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(this))
        .UseRenderHook((bar, tasks) => new Rows(bar, new Text(Below(), new Style(Color.Grey))))
        .StartAsync(async context =>
        {
            ProgressTask task = context.AddTask("training");
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            Task<T> running = run();
            while (await Task.WhenAny(running, timer.WaitForNextTickAsync().AsTask()) != running)
            {
                Advance(task);
            }

            Advance(task);
            return await running;
        });

    private void Advance(ProgressTask task)
    {
        if (Volatile.Read(ref _progress) is { Started: { } started, Last: { } last })
        {
            task.MaxValue = started.Spec.MaxSteps;
            task.Value = last.Step;
        }
    }

    private string Below()
    {
        RunProgress progress = Volatile.Read(ref _progress);
        if (progress.Last is not { } last)
        {
            return EventText.Status(progress);
        }

        string accuracy = progress.Validation is { } seen
            ? $"  accuracy {EventText.Percent(seen.Accuracy)} (best {EventText.Percent(progress.Best?.Accuracy ?? 0)})"
            : "";
        string doing = progress switch
        {
            { IsPaused: true } => "  paused",
            { Evaluating: { } evaluation } => $"  {evaluation.Text}",
            { Phase: { } phase } => $"  {phase.Text}",
            _ => "",
        };
        return EventText.Losses(last.LabelLoss, last.RationaleLoss) + accuracy + doing;
    }

    private static Style StyleOf(RunEvent happened) => happened switch
    {
        Logged { Severity: LogSeverity.Warning } => new Style(Color.Yellow),
        Logged { Severity: LogSeverity.Error } => new Style(Color.Red),
        Finished => new Style(decoration: Decoration.Bold),
        _ => Style.Plain,
    };

    private sealed class StepColumn(LiveProgress owner) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(
                Volatile.Read(ref owner._progress) is { Started: { } started, Last: { } last }
                    ? $"{last.Step:N0} of {started.Spec.MaxSteps:N0}"
                    : "");

        protected override bool NoWrap => true;
    }

    private sealed class RateColumn(LiveProgress owner) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            RunProgress progress = Volatile.Read(ref owner._progress);
            string left = progress.TimeLeft is { } time ? $"  {EventText.Duration(time)} left" : "";
            return new Text(EventText.Rate(progress) + left);
        }

        protected override bool NoWrap => true;
    }
}
