using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using DistillStudio.Cluster;

namespace DistillStudio.Tests.Support;

/// <summary>
/// A real Slurm of four virtual nodes on this machine, under a temporary folder; tests skip where its packages are not installed and
/// carry the trait <c>Needs=slurm</c>. Everything is started by one shell that ends it as soon as this process is gone, in whatever way.
/// Needs no root, and no cgroups.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class SlurmCluster : IAsyncLifetime
{
    public const int Nodes = 4;

    /// <summary>A partition whose jobs make those of <c>main</c> leave.</summary>
    public const string Urgent = "urgent";

    private const string Variable = "SLURM_CONF";

    // Reads commands, and at the end of its input ends all, with whatever a job has left.
    private const string Supervisor = """
        cd "$1"
        umask 022 # munge demands that others can use its socket
        export SLURM_CONF=$1/slurm.conf PATH=$PATH:/usr/sbin:/sbin
        munged -F --key-file="$1/munge/key" -S "$1/munge/socket" --pid-file="$1/munge/pid" --log-file="$1/munge/log" \
            --seed-file="$1/munge/seed" > munge/out 2>&1 &
        all=$!
        control() { setsid slurmctld -D > controller.out 2>&1 & controller=$!; }
        while [ ! -S munge/socket ]; do sleep 0.05; kill -0 "$all" || exit 1; done
        control
        for node in n1 n2 n3 n4; do setsid slurmd -D -N "$node" > "$node.out" 2>&1 & all="$all $!"; done
        while read -r word; do
            case $word in
                down) kill "$controller"; wait "$controller" ;;
                up) control ;;
            esac
            echo "$word"
        done
        kill -9 $all "$controller" 2> /dev/null
        for process in /proc/[0-9]*; do
            [ "$process" = "/proc/$$" ] || ! grep -qzxF "SLURM_CONF=$SLURM_CONF" "$process/environ" 2> /dev/null \
                || kill -9 "${process#/proc/}" 2> /dev/null
        done
        wait
        """;

    private readonly TempFolder _folder = new();
    private Process? _supervisor;

    public async ValueTask InitializeAsync()
    {
        if (Missing() is not null)
        {
            return;
        }

        await WriteAsync();
        var start = new ProcessStartInfo("bash", ["-c", Supervisor, "slurm", _folder.Path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Environment.SetEnvironmentVariable(Variable, _folder["slurm.conf"]);
        _supervisor = Process.Start(start)!;
        await WaitForNodesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_supervisor is { } supervisor)
        {
            supervisor.StandardInput.Close();
            await supervisor.WaitForExitAsync();
            supervisor.Dispose();
            Environment.SetEnvironmentVariable(Variable, null);
        }

        _folder.Dispose();
    }

    /// <summary>Skips the test where Slurm is not installed.</summary>
    public static void Require() =>
        Assert.SkipWhen(Missing() is not null, $"Needs Slurm's packages (slurmctld, slurmd, slurm-client, munge): no {Missing()}.");

    /// <summary>Ends the controller as its service does.</summary>
    public Task StopControllerAsync() => TellAsync("down");

    public Task StartControllerAsync() => TellAsync("up");

    /// <summary>Runs one of Slurm's commands; returns what it prints.</summary>
    public static async Task<string> RunAsync(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
        return output;
    }

    /// <summary>Returns the processes that train a run.</summary>
    public static IEnumerable<int> WorkersOf(string runFolder) => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out int id) ? id : 0)
        .Where(id => id > 0 && CommandOf(id) is var words && words.Contains("train")
            && words.Contains(Path.Combine(runFolder, "events.jsonl")));

    private static string[] CommandOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // it has ended
        }
    }

    private static string? Missing() => !OperatingSystem.IsLinux()
        ? "Linux"
        : new[] { "slurmctld", "slurmd", "munged", "sbatch", "squeue", "scontrol" }.FirstOrDefault(
            name => !File.Exists($"/usr/sbin/{name}") && !File.Exists($"/usr/bin/{name}"));

    private async Task TellAsync(string word)
    {
        await _supervisor!.StandardInput.WriteLineAsync(word);
        await _supervisor.StandardInput.FlushAsync();
        Assert.Equal(word, await _supervisor.StandardOutput.ReadLineAsync());
    }

    private static async Task WaitForNodesAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                IReadOnlyList<SlurmNode> nodes = await new SlurmCommands().NodesAsync(CancellationToken.None);
                if (nodes.Count(node => node is { State: "idle", IsDefaultPartition: true }) == Nodes)
                {
                    return;
                }
            }
            catch (SlurmException) when (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1))
            {
                // not up yet
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1), "Slurm does not start.");
            await Task.Delay(100);
        }
    }

    private async Task WriteAsync()
    {
        const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
            | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        foreach (DirectoryInfo open in (DirectoryInfo[])[new(_folder.Path), Directory.CreateDirectory(_folder["munge"])])
        {
            open.UnixFileMode = Open; // munge demands it, whatever the mask of this process
        }

        string key = _folder.Write("munge/key", RandomNumberGenerator.GetBytes(128));
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.CreateDirectory(_folder["state"]);
        int[] ports = FreePorts(Nodes + 1);
        string nodes = string.Join('\n', Enumerable.Range(1, Nodes).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"NodeName=n{i} NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[i]} CPUs=4 RealMemory=16000 Gres=gpu:2")));
        string user = Environment.UserName;
        await File.WriteAllTextAsync(_folder["slurm.conf"], $"""
            ClusterName=test
            SlurmctldHost=localhost(127.0.0.1)
            SlurmctldPort={ports[0]}
            SlurmUser={user}
            SlurmdUser={user}
            AuthType=auth/munge
            CredType=cred/munge
            AuthInfo=socket={_folder["munge/socket"]},cred_expire=5
            CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
            SlurmctldParameters=preempt_send_user_signal
            SlurmdParameters=config_overrides
            StateSaveLocation={_folder["state"]}
            SlurmdSpoolDir={_folder.Path}/spool-%n
            SlurmctldPidFile={_folder["controller.pid"]}
            SlurmdPidFile={_folder.Path}/%n.pid
            SlurmctldLogFile={_folder["controller.log"]}
            SlurmdLogFile={_folder.Path}/%n.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_interval=2
            PreemptType=preempt/partition_prio
            PreemptMode=REQUEUE
            GresTypes=gpu
            MinJobAge=300
            KillWait=20
            SlurmdTimeout=10
            ReturnToService=2
            {nodes}
            PartitionName=main Nodes=ALL Default=YES PriorityTier=10 PreemptMode=REQUEUE GraceTime=20
            PartitionName={Urgent} Nodes=ALL PriorityTier=100 PreemptMode=OFF

            """);
        await File.WriteAllTextAsync(_folder["gres.conf"], "NodeName=n[1-4] Name=gpu File=/dev/null,/dev/zero\n");
        for (int i = 1; i <= Nodes; i++)
        {
            Directory.CreateDirectory(_folder[string.Create(CultureInfo.InvariantCulture, $"spool-n{i}")]);
        }
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        int[] ports = [.. listeners.Select(listener =>
        {
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        })];
        Array.ForEach(listeners, listener => listener.Stop());
        return ports;
    }
}

/// <summary>Tests on the cluster: one at a time, after all others, since jobs of the program need the processors.</summary>
[CollectionDefinition(nameof(SlurmCluster), DisableParallelization = true)]
[SupportedOSPlatform("linux")]
public sealed class SlurmCollection : ICollectionFixture<SlurmCluster>;
