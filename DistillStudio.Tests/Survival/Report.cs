namespace DistillStudio.Tests.Survival;

/// <summary>Lines for people, in <c>survival-NAME.md</c> beside the tests; <c>survive.sh</c> shows them.</summary>
internal sealed class Report(string name)
{
    private readonly string _path = Path.Combine(AppContext.BaseDirectory, $"survival-{name}.md");

    public void Line(string text) => File.AppendAllLines(_path, [text]);

    /// <summary>A row of the table of faults.</summary>
    public void Row(string cause, string seen, string kept) =>
        Line($"| {cause} | {seen.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)} | {kept} |");
}
