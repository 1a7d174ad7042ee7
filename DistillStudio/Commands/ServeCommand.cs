using System.CommandLine;
using System.Net.Sockets;
using System.Security.Cryptography;
using DistillStudio.Access;
using DistillStudio.Configuration;
using DistillStudio.Engine.Import;
using DistillStudio.Engine.Runtime;
using DistillStudio.Engine.Runtime.Files;
using DistillStudio.Engine.Runtime.Interop;
using DistillStudio.Hosting;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Connections;

namespace DistillStudio.Commands;

/// <summary>The <c>serve</c> command: serves the studio's web interface until it is stopped. Default if no command is given.</summary>
internal static class ServeCommand
{
    /// <summary>
    /// Time limit for final checkpoints; with the server's shutdown it stays below the ten seconds after which a container is killed.
    /// </summary>
    private static readonly TimeSpan CheckpointTime = TimeSpan.FromSeconds(6);

    /// <summary>Maximum time from the stop signal to the end of the process.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(9);

    public static Command Create(Terminal terminal)
    {
        var command = new Command("serve", "Open the studio in the browser; the default if no command is given.");
        Option<string[]> home = CommonFlags.Home();
        Option<string[]> port = Usage.Flag(
            StudioSettings.Flags[StudioSettings.Port], "N", $"Port on this machine; 0 for any free port [{StudioOptions.DefaultPort}]");
        Option<string[]> urls =
            Usage.Flag(
                StudioSettings.Flags[StudioSettings.Urls], "URL[;URL]",
                $"Addresses to listen on instead [{StudioOptions.AddressOf(StudioOptions.DefaultPort)}]");
        Option<string[]> hosts = Usage.Flag(
            StudioSettings.Flags[StudioSettings.AllowedHosts], "NAME[;NAME]", "More host names that browsers may use, such as a proxy's");
        Option<string[]> proxies =
            Usage.Flag(StudioSettings.Flags[StudioSettings.TrustedProxies], "ADDRESS|NETWORK", "A proxy whose X-Forwarded-For, -Proto, "
                + "-Host and -Prefix are trusted, such as 127.0.0.1 or 10.0.0.0/8; may be repeated; visitors then need a token");
        Option<string[]> pathBase =
            Usage.Flag(
                StudioSettings.Flags[StudioSettings.PathBase], "PATH",
                "Path under which a proxy serves the studio, such as /studio, whether or not the proxy strips it");
        Option<bool> noResume = Usage.Switch(
            StudioSettings.Flags[StudioSettings.AutoResume],
            "Do not resume the runs that were training when the studio ended; each has a button to resume it");
        Option<string[]> hub = Usage.Flag(StudioSettings.Flags[StudioSettings.HubUrl], "URL", HubFlags.HubHelp);
        Option<string[]> datasets =
            Usage.Flag(
                StudioSettings.Flags[StudioSettings.DatasetsUrl], "URL|FILE",
                $"Archive or folder of the published datasets [${DatasetGetter.Variable}, else the original's repository]");
        Option<string[]> webhook = Usage.Flag(StudioSettings.Flags[StudioSettings.WebhookUrl], "URL",
            "Address to notify when a run finishes, fails, diverges or collapses, and when a study is decided");
        Option<string[]> form = Usage.Flag(StudioSettings.Flags[StudioSettings.WebhookForm], "plain|slack|discord",
            "Format of what is sent there [plain]");
        Option<string[]> webhookKey = Usage.Flag(StudioSettings.Flags[StudioSettings.WebhookKeyFile], "FILE",
            $"File with the key that signs it, readable only by you [${WebhookSettings.KeyVariable}, else it is not signed]");
        command.Add(home);
        command.Add(port);
        command.Add(urls);
        command.Add(hosts);
        command.Add(proxies);
        command.Add(pathBase);
        command.Add(noResume);
        command.Add(hub);
        command.Add(datasets);
        command.Add(webhook);
        command.Add(form);
        command.Add(webhookKey);
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string? homePath = usage.Path(home);
            int? portNumber = usage.Whole(port, 0, StudioSettings.LargestPort);
            string? addresses = usage.Text(urls);
            if (addresses is not null && StudioSettings.List(addresses).Length == 0)
            {
                usage.Add($"{urls.Name} {addresses} names no address; write {urls.Name} {urls.HelpName}.");
            }

            if (portNumber is { } number)
            {
                if (addresses is not null)
                {
                    usage.Add("--port and --urls exclude each other; give one of them.");
                }

                addresses = StudioOptions.AddressOf(number);
            }

            string[] trusted = [.. usage.Texts(proxies)];
            var flags = new Dictionary<string, string?>
            {
                [StudioSettings.Urls] = addresses,
                [StudioSettings.AllowedHosts] = usage.Text(hosts),
                [StudioSettings.TrustedProxies] = trusted.Length > 0 ? string.Join(';', trusted) : null,
                [StudioSettings.PathBase] = usage.Text(pathBase),
                [StudioSettings.AutoResume] = usage.Is(noResume) ? bool.FalseString : null,
                [StudioSettings.HubUrl] = usage.Text(hub),
                [StudioSettings.DatasetsUrl] = usage.Text(datasets),
                [StudioSettings.WebhookUrl] = usage.Text(webhook),
                [StudioSettings.WebhookForm] = usage.Text(form),
                [StudioSettings.WebhookKeyFile] = usage.Path(webhookKey),
            };
            usage.Demand();
            StudioOptions options = StudioConfiguration.Read(new StudioHome(homePath), flags);
            await RunAsync(options with { Token = Environment.GetEnvironmentVariable(AccessToken.Variable) }, terminal, stop);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task RunAsync(StudioOptions options, Terminal terminal, CancellationToken stop)
    {
        using var ended = new CancellationTokenSource();
        using CancellationTokenRegistration lastResort = stop.Register(() => EndProcessUnless(ended.Token));
        try
        {
            await ServeAsync(options, terminal, stop);
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private static async Task ServeAsync(StudioOptions options, Terminal terminal, CancellationToken stop)
    {
        ActiveRuns active;
        await using (WebApplication app = StudioHost.Build(options))
        {
            active = app.Services.GetRequiredService<ActiveRuns>();
            await ServeAsync(app, options, terminal, stop);
        }

        if (active.IsAny)
        {
            ProcessEnd.Now(ExitCodes.Done);
        }
    }

    private static async Task ServeAsync(WebApplication app, StudioOptions options, Terminal terminal, CancellationToken stop)
    {
        try
        {
            await app.StartAsync(CancellationToken.None); // a signal during the start ends the studio in order, right after it
        }
        catch (Exception e)
        {
            await app.StopAsync(CancellationToken.None); // the hosted services have already been started
            if (Explain(e, options) is { } refusal)
            {
                throw refusal;
            }

            throw;
        }

        await terminal.Out.WriteLineAsync($"DistillStudio is open at {StudioHost.AddressOf(app)} (Ctrl+C stops it).");
        if (StudioHost.ListensOn(app, options) is { } where)
        {
            await terminal.Out.WriteLineAsync(where);
        }

        if (StudioHost.LoginLinkOf(app) is { } link)
        {
            await terminal.Out.WriteLineAsync($"Sign in at {link} (shown only once; set {AccessToken.Variable} to choose the token).");
        }

        await terminal.Out.FlushAsync(CancellationToken.None);
        if (ForeignVariables.Note() is { } note)
        {
            await terminal.Error.WriteLineAsync(note);
        }

        await StopAsync(app, stop);
    }

    /// <summary>Returns null if the failure is not caused by the configured addresses.</summary>
    private static InputException? Explain(Exception e, StudioOptions options)
    {
        string addresses = string.Join(", ", options.Urls);
        return e switch
        {
            IOException { InnerException: AddressInUseException } =>
                new($"{addresses} is in use by another program; choose a free port with --port N.", e),
            IOException or SocketException when e.GetBaseException() is SocketException socket =>
                new(
                    $"{addresses} cannot be listened on ({socket.Message.TrimEnd('.')}); choose another port with --port N, "
                        + $"or another address with --urls.",
                    e),
            InvalidOperationException or CryptographicException or IOException when options.IsHttps =>
                new(
                    $"{addresses} needs a "
                        + $"certificate{(e is InvalidOperationException ? "" : $" that can be read ({e.Message.TrimEnd('.')})")}; "
                        + $"set ASPNETCORE_Kestrel__Certificates__Default__Path and ASPNETCORE_Kestrel__Certificates__Default__Password to "
                        + $"a PFX file and its password.",
                    e),
            _ => null,
        };
    }

    /// <summary>
    /// Ends the process if shutdown takes longer than <see cref="LongestStop"/>. A blocked disk read or a long native call cannot be
    /// cancelled otherwise; recorded events are already on disk.
    /// </summary>
    private static void EndProcessUnless(CancellationToken ended) => new Thread(() =>
    {
        if (!ended.WaitHandle.WaitOne(LongestStop))
        {
            ProcessEnd.Now(ExitCodes.Done);
        }
    })
    { Name = "last resort", IsBackground = true }.Start();

    /// <summary>Shuts down in order once stopping: step measurements, then the active runs, then the server.</summary>
    private static async Task StopAsync(WebApplication app, CancellationToken stop)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = stop.Register(app.Lifetime.StopApplication);
        using CancellationTokenRegistration begun = app.Lifetime.ApplicationStopping.Register(stopping.SetResult);
        await stopping.Task;
        using var timeout = new CancellationTokenSource(CheckpointTime);
        await app.Services.GetRequiredService<StepMeasurer>().StopAsync(timeout.Token);
        await app.Services.GetRequiredService<RunWorker>().EndRunsAsync(timeout.Token);
        await app.StopAsync(CancellationToken.None);
    }
}
