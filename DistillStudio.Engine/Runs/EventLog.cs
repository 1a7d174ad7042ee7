using DistillStudio.Engine.Data;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Engine.Runs;

/// <summary>Formats the events of a run as lines of its log.</summary>
public static class EventLog
{
    /// <summary>Returns the log line of an event, with its number and time; null for events that are too frequent.</summary>
    public static Logged? LineOf(RunEvent happened) => happened switch
    {
        Logged line => line,
        Failed e => Line(LogSeverity.Error, e, $"Failed after step {Format.Count(e.Step)}: {e.Message}"),
        Started or EvaluationCompleted or Checkpointed or Paused or Resumed or Cancelled or Finished =>
            Line(LogSeverity.Information, happened, TextOf(happened)),
        _ => null,
    };

    private static Logged Line(LogSeverity severity, RunEvent happened, string text) =>
        new(severity, text) { Number = happened.Number, Time = happened.Time };

    private static string TextOf(RunEvent happened) => happened switch
    {
        Started e => $"Data and model are loaded: {Format.Count(e.TrainRows)} training rows on {e.Device}, {e.Precision}.",
        EvaluationCompleted e =>
            $"Step {Format.Count(e.Step)}: {(e.Split == Dataset.Test ? $"test with the {e.Weights} weights" : "validation")}, "
                + $"accuracy {Format.Percent(e.Accuracy)} ({Format.Count(e.Correct)} of {Format.Count(e.Rows)}), "
                + $"label loss {Format.Loss(e.LabelLoss)}"
                + $"{(e.RationaleLoss is { } loss ? $", rationale loss {Format.Loss(loss)}" : "")}, in {Format.Duration(e.Seconds)}.",
        Checkpointed { IsBest: true } e => $"Step {Format.Count(e.Step)}: the best weights so far are kept ({ByteSize.Format(e.Bytes)}).",
        Checkpointed e => $"Step {Format.Count(e.Step)}: checkpoint written ({ByteSize.Format(e.Bytes)}).",
        Paused e => $"Paused after step {Format.Count(e.Step)}.",
        Resumed { IsRestored: true } e => $"Resumed by a new process from step {Format.Count(e.Step)}.",
        Resumed e => $"Resumed after step {Format.Count(e.Step)}.",
        Cancelled e => $"Cancelled after step {Format.Count(e.Step)}.",
        Finished e => $"Finished after {Format.Count(e.Step)} steps in {Format.Duration(e.Seconds)}; the model is exported.",
        _ => "",
    };
}
