using System.Text;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>Secrets in the forms that people really have them in: none of them reaches the API or a file, and ordinary text does.</summary>
public sealed class MaskingTests(ApiServer api) : IClassFixture<ApiServer>, IDisposable
{
    private readonly KmHomeFolder _home = new(isTrusting: false);

    /// <summary>What is said, with <c>&lt;HERE&gt;</c> where the secret stands, and the secret.</summary>
    private static readonly (string Text, string Secret)[] Said =
    [
        ("machine git.example.com login me password <HERE>", "hunter-wolf-41-otter"),
        ("//packages.example.com/:_authToken=<HERE>", "npm_q8J2mZ4tXc7Lr1Vb9NwK3yHs6Pd0Fg5Ae2Ui"),
        ("curl -u admin:<HERE> https://example.com/", "Tr0ub4dor-and-3"),
        ("DATABASE_URL=postgres://app:<HERE>@db.example.com/app", "pgpasswordforapp"),
        ("AWS_SECRET_ACCESS_KEY=<HERE>", "wJalrXUtnFEMIbK7MDENGbPxRfiCYzEXAMP7KEY9"),
        ("ADMIN_PASS: <HERE>", "correcthorsebatterystaple"),
        ("<password><HERE></password>", "insidexmlelements9"),
        ("""{"name":"X-Api-Key","value":"<HERE>"}""", "headerpairvalue77aa"),
        ("Authorization: Bearer <HERE>", "zq7Lm2Xv9Tn4Rk8Wp3Yc6Hd1"),
        ("token ghp_<HERE>", "x7Kq2mZ9tLc4Vb1Nw8Jy3Hs6Pd0Fg5Ae2UiR"),
    ];

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task No_secret_of_any_form_reaches_the_api_or_a_file_and_ordinary_text_does()
    {
        var key = await SignInAsync();
        await using (var km = KmProcess.Monitor([], ["cat"], _home.Environment))
        {
            await km.SaysAsync("✓ api-logger");
            for (var i = 0; i < Said.Length; i++)
                await km.SendAsync(Line(i, Said[i].Text.Replace("<HERE>", Said[i].Secret, StringComparison.Ordinal)));
            await km.SendAsync(Line(100, Convert.ToBase64String(Encoding.UTF8.GetBytes("password=" + Said[0].Secret))));
            await km.SendAsync(Line(101, "An ordinary sentence about passwords, tokens and keys."));
            await km.SendAsync(Line(102, "the last"));
            for (var i = 0; i < Said.Length + 3; i++)
                Assert.NotNull(await km.ReadLineAsync());
            Assert.Equal(0, await km.FinishAsync());
            AssertNowhere();
        }

        // What the session's end cut off is sent by the next one.
        await using var next = KmProcess.Monitor([], ["cat"], _home.Environment);
        var stored = "";
        await Wait.ForAsync(
            async () =>
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
                stored = string.Join(
                    '\n',
                    (await api.AsCustomerAsync(key, "api/events?limit=1000&payload=true"))
                        .GetProperty("events")
                        .EnumerateArray()
                        .Select(item =>
                            item.TryGetProperty("payload", out var payload) ? Encoding.UTF8.GetString(payload.GetBytesFromBase64()) : ""
                        )
                );
                return stored.Contains("the last", StringComparison.Ordinal);
            },
            "the last message to be stored"
        );
        Assert.Contains("An ordinary sentence about passwords, tokens and keys.", stored, StringComparison.Ordinal);
        foreach (var (text, secret) in Said)
            Assert.False(stored.Contains(secret, StringComparison.Ordinal), $"stored: {text}");
        Assert.DoesNotContain(
            Convert.ToBase64String(Encoding.UTF8.GetBytes("password=" + Said[0].Secret)),
            stored,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await next.FinishAsync());
        AssertNowhere();
    }

    private static string Line(int id, string text) =>
        $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"write","arguments":{"text":{{{{JsonSerializer.Serialize(text)}}}}}}}""";

    private void AssertNowhere()
    {
        Processes.WaitForHostsOf(_home.Path);
        foreach (var file in Directory.EnumerateFiles(_home.Path, "*", SearchOption.AllDirectories))
        {
            var content = Encoding.Latin1.GetString(File.ReadAllBytes(file));
            foreach (var (text, secret) in Said)
                Assert.False(content.Contains(secret, StringComparison.Ordinal), $"{text} in {file}");
        }
    }

    private async Task<string> SignInAsync()
    {
        var (_, key) = await api.CreateCustomerAsync("Pro");
        Assert.Equal(0, (await _home.RunAsync("trust", "add", api.Root, "--yes")).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "endpoint", api.Endpoint)).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "credential-helper", "file")).Status);
        await using var login = KmProcess.Start(Programs.Km, ["auth", "login"], _home.Environment, _home.Path);
        await login.SendAsync(key);
        Assert.True(await login.FinishAsync() == 0, login.Errors);
        var (status, _, errors) = await _home.RunAsync("plugins", "install", "api-logger", "--yes");
        Assert.True(status == 0, errors);
        return key;
    }
}
