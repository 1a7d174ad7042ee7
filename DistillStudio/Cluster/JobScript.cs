using System.Globalization;
using System.Text;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Runtime.Files;

namespace DistillStudio.Cluster;

/// <summary>Builds what is submitted to Slurm: the options of sbatch, and a script that runs this program for one run per task.</summary>
internal static class JobScript
{
    /// <summary>Name of a job's output in its run's folder.</summary>
    public const string OutputName = "job.log";

    /// <summary>Exit code of a worker that wrote a checkpoint and continues in another job.</summary>
    public const int Unfinished = 75;

    /// <summary>Variable that names the job to its worker.</summary>
    public const string NonceVariable = "DISTILLSTUDIO_JOB";

    private const string CommentStart = "distillstudio:";

    /// <summary>Lets a job write its checkpoint, and puts it back into the queue.</summary>
    public const string RequeueSignal = "USR1";

    /// <summary>Lets a job write its checkpoint, and ends it.</summary>
    public const string PauseSignal = "HUP";

    /// <summary>Cancels the run of a job.</summary>
    public const string CancelSignal = "USR2";

    // The worker understands TERM (write a checkpoint and end) and USR2 (cancel the run). A signal may come before it runs.
    private const string Traps = """
        why=
        child=
        pass() { why=$1; [ -z "$child" ] || kill -s "$2" "$child" 2> /dev/null; }
        trap 'pass requeue TERM' USR1
        trap 'pass pause TERM' HUP
        trap 'pass cancel USR2' USR2
        trap 'pass end TERM' TERM

        """;

    // A job whose worker was killed ends by the same signal: of an exit code over 128, sacct shows what is over 128 as the code.
    private const string Wait = """
        child=$!
        [ "$why" = '' ] || kill -s TERM "$child" 2> /dev/null
        wait "$child"
        code=$?
        while kill -0 "$child" 2> /dev/null; do wait "$child"; code=$?; done
        if [ "$why" = requeue ] && { [ "$code" = 75 ] || [ "$code" -gt 128 ]; }; then
            job=$SLURM_JOB_ID
            [ -z "$SLURM_ARRAY_JOB_ID" ] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
            scontrol requeue "$job" && { sleep 60 & wait "$!"; }
        fi
        [ "$code" -le 128 ] || [ "$code" = 130 ] || { trap - USR1 HUP USR2 TERM; kill -s "$((code - 128))" "$$"; }
        exit "$code"

        """;

    /// <summary>Returns the comment by which the studio recognises its jobs.</summary>
    public static string Comment(string nonce) => CommentStart + nonce;

    /// <summary>Returns the nonce in a comment; null for the job of something else.</summary>
    public static string? NonceOf(string comment) =>
        comment.StartsWith(CommentStart, StringComparison.Ordinal) ? comment[CommentStart.Length..].Trim() : null;

    /// <summary>Returns the path of a job's output from before it can write to its run's folder.</summary>
    public static string EarlyOutput(StudioHome home, string nonce, int? index) =>
        Path.Combine(OutputFolder(home), index is { } task ? $"{nonce}-{task}.out" : $"{nonce}.out");

    public static string OutputFolder(StudioHome home) => Path.Combine(home.Path, "cluster", "output");

    /// <summary>Returns the options of sbatch for a profile.</summary>
    /// <param name="profile">A valid profile.</param>
    /// <param name="home">Where output goes.</param>
    /// <param name="nonce">Of this submission.</param>
    /// <param name="name">The job's name.</param>
    /// <param name="tasks">Number of runs; one is no array.</param>
    public static IReadOnlyList<string> Options(ClusterProfile profile, StudioHome home, string nonce, string name, int tasks)
    {
        string output = EarlyOutput(home, nonce, null).Replace("%", "%%", StringComparison.Ordinal);
        List<string> options =
        [
            $"--job-name={name}", $"--comment={Comment(nonce)}", $"--chdir={home.Path}", "--input=/dev/null", "--open-mode=append",
            $"--output={(tasks > 1 ? output[..^".out".Length] + "-%a.out" : output)}", "--requeue", $"--signal=B:USR1@{profile.Notice}",
        ];
        Add("array", tasks > 1 ? string.Create(CultureInfo.InvariantCulture, $"0-{tasks - 1}") : null);
        Add("partition", profile.Partition);
        Add("account", profile.Account);
        Add("gres", profile.Gres);
        Add("cpus-per-task", profile.Cpus?.ToString(CultureInfo.InvariantCulture));
        Add("mem", profile.Memory);
        Add("time", profile.TimeLimit);
        return [.. options, .. profile.Options];

        void Add(string option, string? value)
        {
            if (value is not null)
            {
                options.Add($"--{option}={value}");
            }
        }
    }

    /// <summary>Returns the script that trains runs.</summary>
    /// <param name="folders">Folders of the runs, in the order of the array.</param>
    public static string OfRuns(ClusterProfile profile, StudioHome home, string nonce, IReadOnlyList<RunFolder> folders)
    {
        StringBuilder script = Begin();
        script.Append("case \"${SLURM_ARRAY_TASK_ID:-0}\" in\n");
        for (int i = 0; i < folders.Count; i++)
        {
            script.Append(CultureInfo.InvariantCulture, $"{i}) run={Quote(folders[i].Path)} ;;\n");
        }

        script.Append("esac\n");
        script.Append("node=${SLURMD_NODENAME:-$(hostname)}\n");
        script.Append("[ -d \"$run\" ] || { echo \"$run is not there on $node.\"; exit 1; }\n");
        script.Append(CultureInfo.InvariantCulture, $"exec >> \"$run/{OutputName}\" 2>&1\n");
        script.Append("echo \"Job ${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID} on $node, start "
            + "$((${SLURM_RESTART_COUNT:-0} + 1)), $(date -u +%FT%TZ)\"\n");
        script.Append(CultureInfo.InvariantCulture, $"export {NonceVariable}={Quote(nonce)}\n").Append(Traps);
        Prepare(script, profile);
        script.Append(Program(profile)).Append(" train --spec \"$run/").Append(RunFolder.SpecName).Append("\" --events \"$run/")
            .Append(RunFolder.EventsName).Append("\" --home ").Append(Quote(home.Path));
        if (profile.Scratch is not null)
        {
            script.Append(" --scratch \"").Append(profile.Scratch).Append('"'); // a path with the node's variables, see its rule
        }

        return script.Append(" &\n").Append(Wait).ToString();
    }

    /// <summary>Returns the script that reports what a node offers.</summary>
    /// <param name="answer">File that the answer is written to.</param>
    public static string OfProbe(ClusterProfile profile, StudioHome home, string answer)
    {
        StringBuilder script = Begin();
        Prepare(script, profile);
        return script.Append("exec ").Append(Program(profile)).Append(" cluster probe --home ").Append(Quote(home.Path)).Append(" --out ")
            .Append(Quote(answer)).Append('\n').ToString();
    }

    /// <summary>Returns a text as one word of the shell.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static StringBuilder Begin() => new("#!/bin/bash\n");

    private static void Prepare(StringBuilder script, ClusterProfile profile)
    {
        foreach (string line in profile.Preamble)
        {
            script.Append(line).Append('\n');
        }

        // Without cgroups a job sees all processors of its node.
        script.Append("[ -z \"$SLURM_CPUS_PER_TASK\" ] || export DOTNET_PROCESSOR_COUNT=$SLURM_CPUS_PER_TASK "
            + "OMP_NUM_THREADS=$SLURM_CPUS_PER_TASK\n");
    }

    /// <summary>Returns the words that start this program on a node.</summary>
    private static string Program(ClusterProfile profile)
    {
        if (profile.Program is { } named)
        {
            return named.EndsWith(".dll", StringComparison.Ordinal) ? $"dotnet {Quote(named)}" : Quote(named);
        }

        string program = Path.Combine(AppContext.BaseDirectory, "DistillStudio");
        string library = program + ".dll";
        string host = Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";
        return File.Exists(program) ? Quote(program)
            : File.Exists(library) ? $"{Quote(host)} {Quote(library)}"
            : Quote(Environment.ProcessPath!);
    }
}
