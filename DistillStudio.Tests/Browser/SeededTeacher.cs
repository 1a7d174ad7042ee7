using DistillStudio.Engine.Data;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Teachers;
using DistillStudio.Engine.Teachers.Prompts;

namespace DistillStudio.Tests.Browser;

/// <summary>A teacher job of the demo in the middle of its work, with answers of every kind.</summary>
internal static class SeededTeacher
{
    private static readonly SemaphoreSlim Turn = new(1);

    public static async Task PutAsync(StudioHome home)
    {
        await Turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (TeacherJob.List(home).Count > 0)
            {
                return;
            }

            var spec =
                new TeacherJobSpec(
                    "demo", "train", "mine", home.Datasets, new("http://localhost:1/v1", "model"),
                    BuiltInTemplates.All.First(t => t.Name == "equation"), Rows: 40)
                {
                    Created = DateTimeOffset.UtcNow,
                    Limits = new(PromptPrice: 1, CompletionPrice: 4),
                };
            TeacherJob job = TeacherJob.Create(home, spec);
            TeacherRows rows = TeacherRows.Load(spec);
            using var log = CompletionLog.Open(job.CompletionsPath);
            foreach ((int row, int i) in rows.Indices.Take(25).Select((row, i) => (row, i)))
            {
                string text =
                    i % 6 == 0 ? "" : i % 5 == 0 ? "It is cut before" : CompletionForm.Write(
                        RowFormat.Equation, rows.All[row],
                        new("The numbers that count are put together.", i % 4 == 0 ? "( 1.0 + 1.0 )" : rows.All[row].Label));
                await log.AppendAsync(
                    new(row, 0, text, i % 6 == 0 ? "content_filter" : i % 5 == 0 ? "length" : "stop", 400, 30, 1, 1, spec.Created));
            }

            job.Save(
                new(
                    TeacherJobState.Failed,
                    "http://localhost:1/v1/chat/completions answered 401 (Unauthorized): \"This key has expired\"; "
                        + "renew the key where it is kept, then resume.",
                    spec.Created));
        }
        finally
        {
            Turn.Release();
        }
    }
}
