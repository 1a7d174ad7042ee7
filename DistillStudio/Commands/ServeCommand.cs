using System.CommandLine;
using System.Net.Sockets;
using DistillStudio.Access;
using DistillStudio.Engine.Runtime;
using DistillStudio.Jobs;
using Microsoft.AspNetCore.Connections;

namespace DistillStudio.Commands;

/// <summary><c>serve</c>: the studio in the browser, until it is stopped. What the program does where no command is named.</summary>
internal static class ServeCommand
{
    private const int LargestPort = 65_535;

    /// <summary>With the server's own end it stays below the 20 seconds after which a system may lose its patience.</summary>
    private static readonly TimeSpan CheckpointTime = TimeSpan.FromSeconds(15);

    public static Command Create(Terminal terminal)
    {
        var command = new Command("serve", "Open the studio in the browser (this happens too where no command is named).");
        Option<string[]> home = CommonFlags.Home();
        Option<string[]> port = Usage.Flag("--port", "N", $"Port on this machine, 0 for any free one [{StudioOptions.DefaultPort}]");
        Option<string[]> urls = Usage.Flag("--urls", "URL[;URL]", $"Addresses to listen at instead [{StudioOptions.AddressOf(StudioOptions.DefaultPort)}]");
        Option<string[]> hosts = Usage.Flag("--allowed-hosts", "NAME[;NAME]", "Further names under which browsers may reach it, such as a proxy's");
        Option<bool> noResume = Usage.Switch("--no-auto-resume", "Leave the runs that were running when the studio ended as they are, each with a button to resume it");
        command.Add(home);
        command.Add(port);
        command.Add(urls);
        command.Add(hosts);
        command.Add(noResume);
        command.SetAction(async (parsed, stop) =>
        {
            var usage = new Usage(parsed);
            string? homePath = usage.Path(home);
            int portNumber = usage.Whole(port, 0, LargestPort) ?? StudioOptions.DefaultPort;
            string[] addresses = List(usage.Text(urls));
            string[] names = List(usage.Text(hosts));
            usage.Demand();
            await RunAsync(
                new StudioOptions
                {
                    Home = new StudioHome(homePath),
                    Urls = addresses.Length > 0 ? addresses : [StudioOptions.AddressOf(portNumber)],
                    AllowedHosts = names,
                    ResumesRuns = !usage.Is(noResume),
                    Token = Environment.GetEnvironmentVariable(AccessToken.Variable),
                },
                terminal,
                stop);
            return ExitCodes.Done;
        });
        return command;
    }

    private static string[] List(string? text) => text?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static async Task RunAsync(StudioOptions options, Terminal terminal, CancellationToken stop)
    {
        await using WebApplication app = StudioHost.Build(options);
        try
        {
            await app.StartAsync(stop);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException or SocketException)
        {
            await app.StopAsync(CancellationToken.None); // what runs beside the server has been started
            throw new InputException($"{string.Join(", ", options.Urls)} is taken by another program; choose a free port with --port N.", e);
        }

        catch (InvalidOperationException e) when (options.Urls.Any(url => url.StartsWith("https:", StringComparison.OrdinalIgnoreCase)))
        {
            await app.StopAsync(CancellationToken.None);
            throw new InputException($"{string.Join(", ", options.Urls)} needs a certificate; set ASPNETCORE_Kestrel__Certificates__Default__Path and ASPNETCORE_Kestrel__Certificates__Default__Password to a PFX file and its password.", e);
        }

        await terminal.Out.WriteLineAsync($"DistillStudio is open at {StudioHost.AddressOf(app)} (Ctrl+C stops it).");
        if (StudioHost.LoginLinkOf(app) is { } link)
        {
            await terminal.Out.WriteLineAsync($"Sign in at {link} (shown this once; set {AccessToken.Variable} to choose the token).");
        }

        await terminal.Out.FlushAsync(stop);
        await StopAsync(app, stop);
    }

    /// <summary>On the stop: no more work, a checkpoint of each run, then the server.</summary>
    private static async Task StopAsync(WebApplication app, CancellationToken stop)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration asked = stop.Register(app.Lifetime.StopApplication);
        using CancellationTokenRegistration begun = app.Lifetime.ApplicationStopping.Register(stopping.SetResult);
        await stopping.Task;
        using var patience = new CancellationTokenSource(CheckpointTime);
        await app.Services.GetRequiredService<StepMeasurer>().StopAsync(patience.Token);
        await app.Services.GetRequiredService<RunWorker>().EndRunsAsync(patience.Token);
        await app.StopAsync(CancellationToken.None);
    }
}
