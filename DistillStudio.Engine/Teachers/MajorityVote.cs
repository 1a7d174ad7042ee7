namespace DistillStudio.Engine.Teachers;

/// <summary>Decides between several completions of one row.</summary>
public static class MajorityVote
{
    /// <summary>
    /// Returns the readings whose label is the most frequent, in the order of the samples; of equally frequent labels, the one that occurs
    /// first. Empty if no completion can be read. A completion that was cut before its label, or refused, cannot be read.
    /// </summary>
    public static IReadOnlyList<CompletionReading> Of(TeacherRows rows, int row, IEnumerable<TeacherCompletion> samples)
    {
        var groups = new List<List<CompletionReading>>();
        foreach (TeacherCompletion sample in samples.OrderBy(s => s.Sample))
        {
            CompletionReading reading = Read(rows, row, sample);
            if (reading.IsReadable)
            {
                List<CompletionReading>? group = groups.Find(g => rows.IsSame(g[0].Answer.Label, reading.Answer.Label));
                if (group is null)
                {
                    groups.Add([reading]);
                }
                else
                {
                    group.Add(reading);
                }
            }
        }

        return groups.MaxBy(g => g.Count) ?? [];
    }

    /// <summary>Parses one completion. A rationale with a given label that was cut at the maximum length counts as unreadable.</summary>
    public static CompletionReading Read(TeacherRows rows, int row, TeacherCompletion sample) =>
        sample.IsRefused || (sample.IsTruncated && rows.Spec.Template.Purpose != Prompts.PromptPurpose.Answer) ? rows.Read(row, "")
            : rows.Read(row, sample.Text);
}
