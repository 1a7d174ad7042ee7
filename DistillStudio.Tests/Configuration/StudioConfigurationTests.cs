using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Configuration;

public sealed class StudioConfigurationTests : IDisposable
{
    private static readonly Dictionary<string, string?> NoFlags = [];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void List_SameAddressTwice_IsListenedOnOnce() =>
        Assert.Equal(["http://localhost:5080", "b"], StudioSettings.List("http://localhost:5080; b ;;http://LOCALHOST:5080"));

    [Fact]
    public void Read_NothingSet_HasTheDefaults()
    {
        StudioOptions options = StudioConfiguration.Read(_folder.Home, NoFlags);

        Assert.Equal(["http://localhost:5080"], options.Urls);
        Assert.Equal((0, 0, null, true), (options.AllowedHosts.Count, options.TrustedProxies.Count, options.PathBase, options.ResumesRuns));
    }

    [Fact]
    public void Read_FileInTheHome_IsRead()
    {
        Write("""
            {
              // Comments and trailing commas are allowed.
              "DistillStudio": { "Port": 5099, "AllowedHosts": ["a.example", "b.example"], "trustedproxies": "127.0.0.1; 10.0.0.0/8", "PathBase": "/studio", "AutoResume": false, "HubUrl": "https://hub.example", "datasetsurl": "/data/sets.zip",
                "WebhookUrl": "https://hooks.example/x", "webhookform": "Slack" },
            }
            """);

        StudioOptions options = StudioConfiguration.Read(_folder.Home, NoFlags);

        Assert.Equal(["http://localhost:5099"], options.Urls);
        Assert.Equal(["a.example", "b.example"], options.AllowedHosts);
        Assert.Equal(["127.0.0.1", "10.0.0.0/8"], options.TrustedProxies);
        Assert.Equal(("/studio", false), (options.PathBase, options.ResumesRuns));
        Assert.Equal(("https://hub.example", "/data/sets.zip"), (options.HubUrl, options.DatasetsUrl));
        Assert.Equal(new WebhookSettings(new Uri("https://hooks.example/x"), WebhookForm.Slack, null), options.Webhook);
    }

    [Theory]
    [InlineData("""{"Port": 5099}""")]
    [InlineData("""{"Urls": ["http://localhost:5098", "http://localhost:5097"]}""")]
    [InlineData("""{"Urls": "http://localhost:5098", "Port": 5099}""")]
    public void Read_FlagAndFile_TheFlagReplacesThePortAndEveryAddress(string section)
    {
        Write($$"""{"DistillStudio": {{section}}}""");

        StudioOptions options = StudioConfiguration.Read(
            _folder.Home, new Dictionary<string, string?> { ["Urls"] = "http://localhost:1", ["AllowedHosts"] = null });

        Assert.Equal(["http://localhost:1"], options.Urls);
        Assert.Equal("--urls", options.Places["Urls"]);
    }

    [Theory]
    [InlineData("""{"DistillStudio": {"Prot": 1}}""", "DistillStudio:Prot is not a setting")]
    [InlineData("""{"DistillStudio": {"Token": "a-token-long-enough"}}""", "DISTILLSTUDIO_TOKEN")]
    [InlineData("""{"DistillStudio": {"Port": 70000}}""", "DistillStudio:Port 70000")]
    [InlineData("""{"DistillStudio": {"Port": -1}}""", "DistillStudio:Port -1")]
    [InlineData("""{"DistillStudio": {"Port": "http", "Urls": "http://localhost:1"}}""", "DistillStudio:Port http")]
    [InlineData("""{"DistillStudio": {"Port": {"Number": 1}}}""", "DistillStudio:Port holds a section")]
    [InlineData("""{"DistillStudio": {"Urls": [["http://localhost:1"]]}}""", "DistillStudio:Urls holds a section")]
    [InlineData("""{"DistillStudio": {"AutoResume": "perhaps"}}""", "DistillStudio:AutoResume perhaps")]
    [InlineData("""{"DistillStudio": {"HubUrl": "hub.example"}}""", "DistillStudio:HubUrl is not a plain http")]
    [InlineData("""{"DistillStudio": {"HubUrl": "https://me:secret@hub.example"}}""", "DistillStudio:HubUrl is not a plain http")]
    [InlineData("""{"DistillStudio": {"DatasetsUrl": "ftp://example.org/datasets.zip"}}""", "DistillStudio:DatasetsUrl is neither an http")]
    [InlineData("""{"DistillStudio": {"WebhookUrl": "hooks.example.org"}}""", "DistillStudio:WebhookUrl is not a plain http")]
    [InlineData("""{"DistillStudio": {"WebhookUrl": "https://me:secret@hooks.example"}}""", "DistillStudio:WebhookUrl is not a plain")]
    [InlineData("""{"DistillStudio": {"WebhookUrl": "file:///etc/passwd"}}""", "DistillStudio:WebhookUrl is not a plain http")]
    [InlineData(
        """{"DistillStudio": {"WebhookUrl": "https://a.example", "WebhookForm": "teams"}}""",
        "DistillStudio:WebhookForm teams is not valid; use plain, slack, discord")]
    [InlineData("""{"DistillStudio": {"WebhookUrl": "https://a.example", "WebhookForm": "7"}}""", "WebhookForm 7 is not valid")]
    [InlineData("""{"DistillStudio": {"WebhookForm": "slack"}}""", "DistillStudio:WebhookForm has no effect")]
    [InlineData("""{"DistillStudio": {"Port": 1, "port": 2}}""", "port")]
    [InlineData("""{"urls": "http://0.0.0.0:80"}""", "urls is not read")]
    [InlineData("""{"AllowedHosts": "*"}""", "AllowedHosts is not read")]
    [InlineData("""{"Kestrel": {"Endpoints": {"Http": {"Url": "http://0.0.0.0:80"}}}}""", "Kestrel:Endpoints is not read")]
    [InlineData("""{"Kestrel": {"Certificates": {"Mine": {"Path": "a.pfx"}}}}""", "Kestrel:Certificates:Mine is not read")]
    [InlineData("""{"Logging": {"LogLevel": {"Default": "Loud"}}}""", "Logging:LogLevel:Default Loud")]
    [InlineData("""{"Logging": {"LogLevel": {"Default": 99}}}""", "Logging:LogLevel:Default 99")]
    [InlineData("""{"Logging": {"Console": {"LogLevel": {"Microsoft": "Loud"}}}}""", "Logging:Console:LogLevel:Microsoft Loud")]
    [InlineData("""{"Logging": {"Console": {"FormatterName": "xml"}}}""", "Logging:Console:FormatterName xml")]
    [InlineData(
        """{"Logging": {"Console": {"FormatterOptions": {"SingleLine": "perhaps"}}}}""",
        "Logging:Console:FormatterOptions:SingleLine perhaps")]
    [InlineData("""{"Logging": {"Console": {"MaxQueueLength": "many"}}}""", "Logging:Console:MaxQueueLength many")]
    [InlineData("""{"Logging": {"Console": {"MaxQueueLength": -1}}}""", "Logging:Console")]
    [InlineData("""{"Logging": {"EventLog": {"LogLevel": {"Default": "Debug"}}}}""", "Logging:EventLog is not read")]
    [InlineData("""{"Logging": {"LogLevel": "Debug"}}""", "Logging:LogLevel Debug: name the category")]
    [InlineData("""{"Logging": "Debug"}""", "Logging holds a value")]
    [InlineData("""{"DistillStudio": 5080}""", "DistillStudio holds a value")]
    [InlineData("{\n\"DistillStudio\": {", "line 2: not valid JSON")]
    [InlineData("[]", "JSON")]
    [InlineData("", "not valid JSON")]
    public void Read_FileThatCannotBeUsed_IsRefusedNamingFileAndKey(string json, string part)
    {
        Write(json);

        InputException refusal = Assert.Throws<InputException>(() => StudioConfiguration.Read(_folder.Home, NoFlags));

        string problem = Assert.Single(refusal.Problems);
        Assert.StartsWith(_folder["appsettings.json"], problem, StringComparison.Ordinal);
        Assert.Contains(part, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void Read_SeveralMistakes_AreReportedTogether()
    {
        Write("""{"DistillStudio": {"Port": "x", "Prot": 1}, "Logging": {"LogLevel": {"Default": "Loud"}}}""");

        Assert.Equal(3, Assert.Throws<InputException>(() => StudioConfiguration.Read(_folder.Home, NoFlags)).Problems.Count);
    }

    [Fact]
    public void Read_FolderOfThatName_IsRefused()
    {
        Directory.CreateDirectory(_folder["appsettings.json"]);

        Assert.Contains(
            "it is a folder", Assert.Throws<InputException>(() => StudioConfiguration.Read(_folder.Home, NoFlags)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileThatEveryUserCanChange_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files.");
        Write("{}");
        FileModes.Set(_folder["appsettings.json"], (UnixFileMode)0b110_100_110);

        Assert.Contains(
            "chmod o-w", Assert.Throws<InputException>(() => StudioConfiguration.Read(_folder.Home, NoFlags)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Certificate_IsFoundBesideTheFile()
    {
        Write("""{"Kestrel": {"Certificates": {"Default": {"Path": "studio.pfx", "Password": "secret"}}}}""");

        StudioOptions options = StudioConfiguration.Read(_folder.Home, NoFlags);

        Assert.Equal(_folder["studio.pfx"], options.Configuration!["Kestrel:Certificates:Default:Path"]);
        Assert.Equal("secret", options.Configuration["Kestrel:Certificates:Default:Password"]);
    }

    private void Write(string json) => _folder.Write("appsettings.json", json);
}
