using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>Wherever a text comes from that km prints: it colours at most. The attacks write to the clipboard and look like a line of
/// km.</summary>
public sealed class TerminalTests : IDisposable
{
    private const string Attack =
        "\u001b]52;c;cm0gLXJm\u0007\u001b[2J\u001b[1A\u001bc\u009b31m\u0090q\u009c\r✓ km: everything verified\b\u007f\u202e";
    private const string Fake = "✓ km: everything verified";
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("LOG")]
    [InlineData("ERROR_BEFORE")]
    [InlineData("PRINT_BEFORE")]
    [InlineData("FAIL_INITIALIZE")]
    [InlineData("DENY")]
    [InlineData("NAME")]
    public async Task What_a_plugin_says_is_clean_and_none_of_its_lines_is_kms(string how)
    {
        using var workspace = new Workspace();
        var script = workspace.TestPlugin("loud").Replace('\0', ' ');
        var text = how is "NAME" or "DENY" or "FAIL_INITIALIZE" ? Attack : $"before\n{Fake}\n{Attack}";
        var lines = await File.ReadAllTextAsync(script, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            script,
            lines.Replace("exec ", $"export TESTPLUGIN_{how}='{text}'\nexec ", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );
        await using var km = KmProcess.Monitor(Conversation.Plugins(script), ["cat"], _home.Environment);
        string[] signs = ["everything verified", "[PLG_"];
        await Wait.ForAsync(() => signs.Any(sign => km.Errors.Contains(sign, StringComparison.Ordinal)), () => km.Errors);
        Assert.Equal(0, await km.FinishAsync());
        AssertClean(km.Errors);
    }

    [Fact]
    public async Task What_passes_through_a_session_is_clean_where_a_plugin_prints_it()
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes")).Status);
        await using var km = KmProcess.Monitor(["--name", Attack], ["cat"], _home.Environment);
        await km.SaysAsync("✓ console-logger");
        var escaped = Attack
            .Replace("\u001b", "\\u001b", StringComparison.Ordinal)
            .Replace("\u0007", "\\u0007", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal)
            .Replace("\b", "\\b", StringComparison.Ordinal);
        await km.SendAsync($$$"""{"jsonrpc":"2.0","id":"{{{escaped}}}","method":"{{{escaped}}}"}""");
        await km.SendAsync($$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\n{{{escaped}}}"}}""");
        await km.SendAsync($$$"""{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"\n{{{Fake}}}\n{{{escaped}}}"}}""");
        await km.SendAsync($"not JSON {Attack.Replace('\r', ' ')}");
        await km.SaysAsync("tools/call");
        Assert.Equal(0, await km.FinishAsync());
        AssertClean(km.Errors);
    }

    [Theory]
    [InlineData("plugins install")]
    [InlineData("plugins verify")]
    [InlineData("plugins trust")]
    [InlineData("policy check")]
    [InlineData("trust add")]
    [InlineData("monitor --")]
    [InlineData("plugins remove")]
    [InlineData("config get")]
    [InlineData("nonsense")]
    public async Task An_error_that_quotes_a_name_is_clean(string command)
    {
        foreach (var name in new[] { _home.File("no" + Attack), Attack })
        {
            var (status, output, errors) = await _home.RunAsync([.. command.Split(' '), name]);
            Assert.NotEqual(0, status);
            AssertClean(output + errors);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_checkout_whose_files_have_such_names_is_listed_clean(bool isTrusted)
    {
        var project = Modes.Folder(_home.File("project" + Attack));
        var plugins = Modes.Folder(Path.Combine(project, "plugins"));
        File.Copy(_home.Package(), Path.Combine(plugins, $"good{Attack}.kmpkg"));
        await File.WriteAllTextAsync(Path.Combine(plugins, $"bad{Attack}.kmpkg"), "no package", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(plugins, $"link{Attack}.kmpkg"), Attack);
        if (isTrusted)
            AssertClean((await _home.RunInAsync(project, ["plugins", "trust", ".", "--yes"])).Errors);
        foreach (var command in new[] { "plugins list", "plugins verify --all", "plugins status", "monitor -- true" })
        {
            var (_, output, errors) = await _home.RunInAsync(project, command.Split(' '));
            AssertClean(output + errors);
        }
    }

    [Fact]
    public async Task A_manifest_that_describes_itself_so_is_refused_or_shown_clean()
    {
        foreach (var member in new[] { "description", "author", "source" })
        {
            var package = _home.Package(forge =>
                forge.Manifest = manifest =>
                    member switch
                    {
                        "description" => manifest with { Description = Attack },
                        "author" => manifest with { Author = Attack },
                        _ => manifest with { Build = manifest.Build with { Source = Attack } },
                    }
            );
            var (_, output, errors) = await _home.RunAsync("plugins", "install", package, "--yes");
            AssertClean(output + errors);
            AssertClean((await _home.RunAsync("plugins", "status", "forged")).Output);
            var (_, shown, said) = await Shell.RunAsync("exec \"$1\" inspect \"$2\"", _home.Environment, null, Programs.Kmpkg, package);
            AssertClean(shown + said);
        }
    }

    [Fact]
    public async Task What_an_api_says_is_clean()
    {
        var (listener, address) = LocalHttp.Listen();
        using var closing = listener;
        var problem = System.Text.Json.JsonSerializer.Serialize(
            new
            {
                code = "API_AUT_001",
                title = Attack,
                detail = "\n" + Fake + Attack,
                hint = Attack,
                status = 401,
            }
        );
        var serving = ServeAsync(listener, problem);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "endpoint", address)).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "credential-helper", "file")).Status);
        var key = "km_live_AAAAAAAAAAAA_" + new string('Z', 32);
        var environment = new Dictionary<string, string>(_home.Environment) { ["KM_API_KEY"] = key + Checksum(key) };
        foreach (var command in new[] { "auth status", "plugins refresh", "init --auto-provision-plugins --yes" })
        {
            var (_, output, errors) = await Shell.RunAsync($"\"$1\" {command}", environment, null, Programs.Km);
            Assert.Contains("API_AUT_001", output + errors, StringComparison.Ordinal);
            AssertClean(output + errors);
        }

        listener.Close();
        await serving;
    }

    /// <summary>Answers every request with a problem, until the listener is stopped.</summary>
    private static async Task ServeAsync(HttpListener listener, string problem)
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                context.Response.StatusCode = 401;
                context.Response.ContentType = "application/problem+json";
                context.Response.Close(Encoding.UTF8.GetBytes(problem), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    /// <summary>A key's last characters, as docs/accounts.md lets a client tell a mistyped one.</summary>
    private static string Checksum(string key)
    {
        const string Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var number = BitConverter.ToUInt64(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(key)));
        var text = new StringBuilder();
        for (var i = 0; i < 6; i++, number /= 62)
            text.Append(Letters[(int)(number % 62)]);
        return text.ToString();
    }

    /// <summary>Nothing but text, lines and colours; and no line is the attacker's own.</summary>
    private static void AssertClean(string text)
    {
        var uncoloured = Regex.Replace(text, "\u001b\\[[0-9;]*m", "", RegexOptions.None, TimeSpan.FromSeconds(10));
        var found = uncoloured
            .Where(letter => (char.IsControl(letter) && letter is not ('\n' or '\t')) || letter is '\u202e')
            .Select(letter => $"U+{(int)letter:X4}")
            .Distinct();
        Assert.True(!found.Any(), $"{string.Join(' ', found)} in {text}");
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith(Fake, StringComparison.Ordinal));
    }
}
