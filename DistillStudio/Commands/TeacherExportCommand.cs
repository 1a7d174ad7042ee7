using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistillStudio.Engine.Formatting;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Settings;
using DistillStudio.Engine.Teachers;
using Spectre.Console;

namespace DistillStudio.Commands;

/// <summary>The <c>teacher export</c> and <c>teacher remove</c> commands.</summary>
internal static class TeacherExportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "The teacher's name");
        Option<string[]> dataset = Usage.Flag("--dataset", "NAME", "Its dataset");
        Option<string[]> split = Usage.Flag("--split", "SPLIT", "train, valid or test [every split that was asked about]");
        Option<string[]> @as = Usage.Flag("--as", "NAME", "Write it as another teacher of the dataset, filtered and as reviewed");
        Option<string[]> output = Usage.Flag("--out", "DIR", "Write DIR/llm/<split>_CoT_<i>.json, the original's files, instead");
        Option<bool> agreeing = Usage.Switch("--only-agreeing", "Leave out rows whose label differs from the truth");
        Option<string[]> minWords = Usage.Flag("--min-words", "N", "Leave out shorter rationales, keep their labels");
        Option<string[]> maxWords = Usage.Flag("--max-words", "N", "Leave out longer rationales, keep their labels");
        Option<bool> unique = Usage.Switch("--no-duplicates", "Leave out rationales that repeat an earlier row's word for word");
        Option<string[]> share = Usage.Flag("--rationale-share", "X", "Keep this fraction of the rationales, 0.15 to 1 [1]");
        Option<string[]> seed = Usage.Flag("--seed", "N", "Seed of that draw [0]");
        Option<string[]> home = CommonFlags.Home();
        Option<bool> json = CommonFlags.Json();
        var command = new Command("export", "Export a teacher's completions: filtered and reviewed, under another name or elsewhere.")
        {
            name, dataset, split, @as, output, agreeing, minWords, maxWords, unique, share, seed, home, json,
        };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string teacher = usage.RequiredWord("NAME", "name the teacher");
            string data = usage.Required(dataset, "name its dataset");
            string? only = usage.Text(split);
            string? further = usage.Text(@as);
            string? folder = usage.Path(output);
            if ((further is null) == (folder is null))
            {
                usage.Add("The target is missing; give --as NAME for another teacher of the dataset, or --out DIR for files elsewhere.");
            }

            var filters = new TeacherFilters(
                usage.Is(agreeing), usage.Whole(minWords, 0, int.MaxValue), usage.Whole(maxWords, 0, int.MaxValue), usage.Is(unique),
                    Share(usage, share), usage.Whole(seed, 0, int.MaxValue) ?? 0);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            IReadOnlyList<TeacherJob> jobs = TeacherJob.Find(place, data, teacher, only);
            if (!jobs.Any(job => CompletionLog.ReadAll(job.CompletionsPath).Any()))
            {
                throw new InputException($"{teacher} has no answers yet; ask with teacher resume {teacher} --dataset {data}.");
            }

            var reports = new SortedDictionary<string, TeacherOutcomeReport>(StringComparer.Ordinal);
            foreach (TeacherJob job in jobs)
            {
                TeacherRows rows = TeacherRows.Load(job.Spec);
                reports[job.Spec.Split] = folder is null ? TeacherOutcome.Publish(rows, job, filters, further!)
                    : Outside(() => TeacherOutcome.Export(rows, job, filters, folder));
            }

            if (usage.Is(json))
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(new
                {
                    Teacher = further ?? teacher,
                    Dataset = data,
                    Folder = folder,
                    Splits = reports
                }, EngineJson.Events));
                return;
            }

            Table table = Tables.Create(["", .. reports.Keys]);
            TeacherOutcomeReport[] all = [.. reports.Values];
            foreach ((string what, int _) in TeacherText.Losses(all[0]))
            {
                table.AddRow(Tables.Cells([what,
                    .. all.Select(report => Format.Count(TeacherText.Losses(report).First(loss => loss.What == what).Count))]));
            }

            terminal.Console.Write(table);
            terminal.Console.WriteLine(folder is null ? $"{further} is a teacher of {data}; train on it with --llm {further}."
                : $"The files are below {Path.GetFullPath(folder)}.");
        });
        return command;
    }

    public static Command Remove(Terminal terminal)
    {
        Argument<string> name = Usage.Word("NAME", "The teacher's name");
        Option<string[]> dataset = Usage.Flag("--dataset", "NAME", "Its dataset");
        Option<string[]> split = Usage.Flag("--split", "SPLIT", "train, valid or test [every split that was asked about]");
        Option<bool> yes = Usage.Switch("--yes", "Remove without asking");
        Option<string[]> home = CommonFlags.Home();
        var command = new Command("remove", "Remove a teacher's job, its completions, and the teacher made from them.") { name, dataset,
            split, yes, home };
        command.SetAction(parsed =>
        {
            var usage = new Usage(parsed);
            string teacher = usage.RequiredWord("NAME", "name the teacher");
            string data = usage.Required(dataset, "name its dataset");
            string? only = usage.Text(split);
            var place = new StudioHome(usage.Path(home));
            usage.Demand();
            IReadOnlyList<TeacherJob> jobs = TeacherJob.Find(place, data, teacher, only);
            int answers = jobs.Sum(job => CompletionLog.ReadAll(job.CompletionsPath).Count());
            if (!usage.Is(yes) && answers > 0
                && !terminal.Asks($"Remove teacher {teacher} of {data} with its {Format.Plural(answers, "answer")}? "))
            {
                throw new InputException($"{teacher} was not removed; confirm with --yes.");
            }

            foreach (TeacherJob job in jobs)
            {
                job.Remove();
                TeacherOutcome.Remove(job.Spec.DataDir, data, teacher, job.Spec.Split);
                terminal.Console.WriteLine($"Removed teacher {teacher} of {data}, {job.Spec.Split}.");
            }
        });
        return command;
    }

    private static TeacherOutcomeReport Outside(Func<TeacherOutcomeReport> write)
    {
        using (PrivateFiles.AsTheUserWants())
        {
            return write();
        }
    }

    private static double Share(Usage usage, Option<string[]> flag)
    {
        if (usage.Text(flag) is not { } text)
        {
            return 1;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value is >= TeacherFilters.LeastShare and <= 1)
        {
            return value;
        }

        usage.Add($"{flag.Name} {text} is out of range; give a fraction from {TeacherFilters.LeastShare} to 1.");
        return 1;
    }
}
