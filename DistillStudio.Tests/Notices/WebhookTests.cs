using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DistillStudio.Configuration;
using DistillStudio.Engine.Runtime;
using DistillStudio.Notices;
using Microsoft.Extensions.Logging;

namespace DistillStudio.Tests.Notices;

public sealed class WebhookTests
{
    private const string Key = "a key that both know";

    private static readonly WebhookPatience Quick = new(3, TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(30));

    private static Notice Sample => new(
        "r1/7", NoticeKind.Finished, "Run <!channel> @everyone", "Test accuracy 75.0 % & more.", "runs/r1", RunScript.Start);

    [Fact]
    public async Task Webhook_ReceiverIsBusyAndThenFails_SendsAgainAndSigns()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        receiver.Answer = before => before switch { 0 => 429, 1 => 500, _ => 200 };
        await using NoticeBench bench = await new NoticeBench().StartAsync();
        using var log = new RecordedLog();
        using Webhook webhook = await StartAsync(bench, receiver.Address, log);

        bench.Happen("r1", RunScript.Started(RunScript.Spec()), RunScript.Finished(10));

        await Eventually.Holds(() => receiver.Received.Count == 3);
        Assert.All(receiver.Received, request =>
        {
            string time = request.Headers[Webhook.TimeHeader].ToString();
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{time}."), .. request.Body];
            Assert.Equal(
                $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), signed))}",
                request.Headers[Webhook.SignatureHeader]);
            Assert.Equal("r1/2", request.Headers[Webhook.IdHeader]);
            using var body = JsonDocument.Parse(request.Body);
            Assert.Equal("run_finished", body.RootElement.GetProperty("event").GetString());
            Assert.Equal("http://studio/runs/r1", body.RootElement.GetProperty("page").GetString());
            Assert.DoesNotContain(Key, Encoding.UTF8.GetString(request.Body), StringComparison.Ordinal);
        });
        await webhook.StopAsync(CancellationToken.None);
        Assert.Empty(log.Entries);
    }

    [Fact]
    public async Task Webhook_ReceiverHangs_HoldsNothingUp_AndStopsAtOnce()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        receiver.Answer = _ => null;
        await using NoticeBench bench = await new NoticeBench().StartAsync();
        using var log = new RecordedLog();
        using Webhook webhook = await StartAsync(bench, receiver.Address, log);

        for (int run = 0; run < 150; run++)
        {
            bench.Happen($"r{run}", RunScript.Started(RunScript.Spec()), RunScript.Finished(10));
        }

        await Eventually.Holds(() => bench.Noticed.Count == 150); // while the first is still being sent
        await Eventually.Holds(() => receiver.Received.Count == 1);
        await webhook.StopAsync(CancellationToken.None);
        Assert.Contains(log.Entries, line => line.Contains("takes too long", StringComparison.Ordinal)); // of 150 waiting, 100 are kept
    }

    [Theory]
    [InlineData(302, "redirects are not followed")]
    [InlineData(404, "answered 404")]
    [InlineData(500, "answered 500")]
    [InlineData(null, "gave no answer")]
    public async Task Webhook_NotDelivered_IsLoggedOnceWithoutTheSecretPath(int? status, string why)
    {
        await using Receiver other = await Receiver.StartAsync();
        await using Receiver receiver = await Receiver.StartAsync();
        (receiver.Answer, receiver.Location) = (_ => status, other.Address.ToString());
        await using NoticeBench bench = await new NoticeBench().StartAsync();
        using var log = new RecordedLog();
        WebhookPatience patience = status is null ? new(1, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(200)) : Quick;
        using Webhook webhook = await StartAsync(bench, receiver.Address, log, patience);

        bench.Happen("r1", RunScript.Started(RunScript.Spec()), RunScript.Finished(10));

        await Eventually.Holds(() => log.Entries.Count == 1);
        Assert.Contains(why, log.Entries.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", log.Entries.Single(), StringComparison.Ordinal);
        Assert.Empty(other.Received);
        await webhook.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Webhook_ReceiverIsDead_IsLoggedAndTheNextIsTried()
    {
        Uri dead;
        await using (Receiver gone = await Receiver.StartAsync())
        {
            dead = gone.Address;
        }

        await using NoticeBench bench = await new NoticeBench().StartAsync();
        using var log = new RecordedLog();
        using Webhook webhook = await StartAsync(bench, dead, log);
        bench.Happen("r1", RunScript.Started(RunScript.Spec()), RunScript.Finished(10));
        bench.Happen("r2", RunScript.Started(RunScript.Spec()), RunScript.Finished(10));

        await Eventually.Holds(() => log.Entries.Count == 2);
        Assert.All(log.Entries, line => Assert.Contains("cannot be reached", line, StringComparison.Ordinal));
        await webhook.StopAsync(CancellationToken.None);
    }

    [Fact]
    public void Body_OfEachForm_HasItsFieldAndCallsNobody()
    {
        JsonElement slack = Parse(WebhookForm.Slack);
        Assert.Equal(
            "*Run &lt;!channel&gt; @everyone*\nTest accuracy 75.0 % &amp; more.\n<http://s/runs/r1>",
            slack.GetProperty("text").GetString());

        JsonElement discord = Parse(WebhookForm.Discord);
        Assert.StartsWith("**Run <!channel> @everyone**\n", discord.GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, discord.GetProperty("allowed_mentions").GetProperty("parse").GetArrayLength());

        byte[] body = WebhookBody.Of(Sample with { Text = new string('x', 10_000) }, WebhookForm.Discord, "http://s/runs/r1");
        Assert.True(JsonDocument.Parse(body).RootElement.GetProperty("content").GetString()!.Length < 2000);
    }

    [Fact]
    public void ReadKey_FileOthersCanReadOrEmpty_IsRefusedWithoutTheKey()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        using var folder = new TempFolder();
        string file = folder["key"];
        File.WriteAllText(file, Key);
        FileModes.Set(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var settings = new WebhookSettings(new Uri("http://localhost/"), WebhookForm.Plain, file);
        string message = Assert.Throws<InputException>(() => Webhook.ReadKey(settings)).Message;
        Assert.Contains("chmod 600", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, message, StringComparison.Ordinal);

        FileModes.Set(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(Key, Webhook.ReadKey(settings));
        File.WriteAllText(file, " \n");
        Assert.Contains("holds no key", Assert.Throws<InputException>(() => Webhook.ReadKey(settings)).Message, StringComparison.Ordinal);
    }

    private static JsonElement Parse(WebhookForm form) => JsonDocument.Parse(WebhookBody.Of(Sample, form, "http://s/runs/r1")).RootElement;

    private static async Task<Webhook> StartAsync(NoticeBench bench, Uri address, RecordedLog log, WebhookPatience? patience = null)
    {
        using ILoggerFactory factory = LoggerFactory.Create(logging => logging.AddProvider(log));
        var webhook = new Webhook(
            new WebhookSettings(address, WebhookForm.Plain, null), Key, bench.Source, () => "http://studio", TimeProvider.System,
            new Logger<Webhook>(factory), patience ?? Quick);
        await webhook.StartAsync(TestContext.Current.CancellationToken);
        return webhook;
    }
}
