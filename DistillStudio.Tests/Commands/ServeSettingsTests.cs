using System.Net;
using System.Text.Json;

namespace DistillStudio.Tests.Commands;

/// <summary>Settings from files, the environment and flags, in a process of its own.</summary>
public sealed class ServeSettingsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/file", null, null, "/file")]
    [InlineData("/file", "/variable", null, "/variable")]
    [InlineData("/file", "/variable", "/flag", "/flag")]
    [InlineData("/file", "", null, "/file")]
    [InlineData(null, "/variable", null, "/variable")]
    public async Task Serve_SetInSeveralPlaces_FlagBeatsVariableBeatsFile(string? file, string? variable, string? flag, string expected)
    {
        SkipOnWindows();
        if (file is not null)
        {
            _folder.Write("appsettings.json", $$"""{"DistillStudio": { "Port": 0, "PathBase": "{{file}}" } }""");
        }

        Dictionary<string, string> environment = new() { ["DistillStudio__Urls"] = "http://127.0.0.1:0" };
        if (variable is not null)
        {
            environment["DistillStudio__PathBase"] = variable;
        }

        using ProgramRun studio = Start(environment, flag is null ? [] : ["--path-base", flag]);

        Assert.Equal(expected, (await studio.AddressAsync()).AbsolutePath);
    }

    [Theory]
    [InlineData("DistillStudio__Port", "70000")]
    [InlineData("DISTILLSTUDIO__URLS", "ftp://localhost:80")]
    [InlineData("DistillStudio__AllowedHosts", "http://studio.example/")]
    [InlineData("DistillStudio__TrustedProxies__0", "nginx", "DistillStudio__TrustedProxies nginx")]
    [InlineData("DistillStudio__PathBase", "https://host/studio")]
    [InlineData("DistillStudio__AutoResume", "perhaps")]
    [InlineData("DistillStudio__Home", "/tmp", "DistillStudio__Home is not a setting")]
    [InlineData("Logging__LogLevel__Default", "Loud")]
    [InlineData("Logging__Console__FormatterName", "xml")]
    public async Task Serve_VariableThatCannotBe_IsRefusedByItsName(string variable, string value, string? start = null)
    {
        SkipOnWindows();
        using ProgramRun studio = Start(new() { [variable] = value });

        CommandResult result = await studio.EndAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(start ?? $"{variable} {value}", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Urls", "ftp://localhost:80")]
    [InlineData("AllowedHosts", "http://studio.example/")]
    [InlineData("TrustedProxies", "nginx")]
    [InlineData("PathBase", "https://host/studio")]
    public async Task Serve_ValueInTheFileThatCannotBe_IsRefusedByFileAndKey(string key, string value)
    {
        SkipOnWindows();
        _folder.Write(
            "appsettings.json", JsonSerializer.Serialize(new { DistillStudio = new Dictionary<string, string> { [key] = value } }));
        using ProgramRun studio = Start([]);

        CommandResult result = await studio.EndAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(
            $"{_folder["appsettings.json"]}: DistillStudio:{key} {value}", Assert.Single(result.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_OpenedByAVariable_MakesAToken()
    {
        SkipOnWindows();
        using ProgramRun studio = Start(new() { ["DistillStudio__Urls"] = "http://0.0.0.0:0" });
        int port = (await studio.AddressAsync()).Port;
        await studio.LineAsync("Sign in at");
        using var client = new HttpClient();

        using HttpResponseMessage stranger = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/"), Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [Theory]
    [InlineData(null, "warn: ")]
    [InlineData("systemd", "<4>")]
    public async Task Serve_Warning_IsOneLineOnStandardError(string? formatter, string start)
    {
        SkipOnWindows();
        _folder.Write("keys/key-damaged.xml", "not a key"); // is warned of before the studio opens
        using ProgramRun studio = Start(formatter is null ? [] : new() { ["Logging__Console__FormatterName"] = formatter }, "--port", "0");
        await studio.AddressAsync();
        await studio.SignalAsync("TERM");

        string[] lines = (await studio.EndAsync()).Problems;

        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.StartsWith(start, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Serve_LogLevelAndFormatterSet_WritesStructuredLinesToStandardErrorWithoutTheSignInLink()
    {
        SkipOnWindows();
        using ProgramRun studio = Start(
            new()
            {
                ["Logging__LogLevel__Default"] = "Trace",
                ["Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
                ["Logging__Console__LogLevel__Default"] = "Trace",
                ["Logging__Console__LogToStandardErrorThreshold"] = "None",
                ["Logging__Console__FormatterName"] = "json",
            },
            "--urls",
            "http://0.0.0.0:0");
        int port = (await studio.AddressAsync()).Port;
        string token = (await studio.LineAsync("Sign in at")).Split("token=")[1].Split(' ')[0];
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/login?token={token}"), Cancel);
        await studio.SignalAsync("TERM");
        CommandResult result = await studio.EndAsync();

        Assert.Equal((HttpStatusCode.OK, 0), (answer.StatusCode, result.ExitCode));
        Assert.Contains(result.Problems.Select(line => JsonDocument.Parse(line).RootElement), entry =>
            entry.GetProperty("LogLevel").GetString() == "Debug");
        Assert.DoesNotContain(token, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("LogLevel", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_FileBesideTheProgram_IsReadBeneathTheHomes()
    {
        using var program = new ProgramFolder();
        await File.WriteAllTextAsync(
            Path.Combine(program.Path, "appsettings.json"), """{"DistillStudio": {"Port": "one", "PathBase": "https://program/"}}""",
            Cancel);
        _folder.Write("appsettings.json", """{"DistillStudio": {"PathBase": "/home"}}""");

        CommandResult result = await ProgramRun.ToEndAsync(["--home", _folder.Path], folder: program.Path);

        Assert.Equal(2, result.ExitCode);
        Assert.EndsWith(
            "appsettings.json: DistillStudio:Port one is not a port; write a whole number from 0 to 65535.", Assert.Single(result.Problems),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_CertificateInTheHomesFile_IsUsed()
    {
        string thumbprint = TestCertificate.Write(_folder, "studio.pfx");
        _folder.Write("appsettings.json", """{"Kestrel": {"Certificates": {"Default": {"Path": "studio.pfx", "Password": "secret"}}}}""");
        using ProgramRun studio = ProgramRun.Start("serve", "--home", _folder.Path, "--urls", "https://127.0.0.1:0");

        string address = (await studio.LineAsync("open at")).Split(' ').First(
            word => word.StartsWith("https://", StringComparison.Ordinal));
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == thumbprint,
        };
        using var client = new HttpClient(handler);
        using HttpResponseMessage answer = await client.GetAsync(address, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static void SkipOnWindows() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Started by a POSIX shell.");

    private ProgramRun Start(Dictionary<string, string> environment, params string[] flags) =>
        ProgramRun.StartAfter("", environment, ["serve", "--home", _folder.Path, .. flags]);
}
