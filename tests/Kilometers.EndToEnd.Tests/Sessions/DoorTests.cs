using System.Text.Json;
using System.Text.Json.Nodes;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>What people type that cannot work as it is: each error says what works instead.</summary>
public sealed class DoorTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("monitor sh server.sh", 2, "km monitor -- sh server.sh")]
    [InlineData("monitor --server sh server.sh", 2, "km monitor --server -- sh server.sh")]
    [InlineData("monitor --name x sh -c y", 2, "km monitor --name x -- sh -c y")]
    [InlineData("monitor --nam x -- sh", 2, "Did you mean: km monitor --name")]
    [InlineData("sh server.sh", 2, "km monitor -- sh server.sh")]
    [InlineData("sh -- server.sh", 2, "km monitor -- sh server.sh")]
    [InlineData("montior -- sh", 2, "Did you mean: km monitor")]
    [InlineData("plugins instal x", 2, "Did you mean: km plugins install")]
    [InlineData("plugins search x", 2, "km plugins refresh")]
    [InlineData("monitor -- https://example.com/mcp", 127, "km monitor --url https://example.com/mcp")]
    [InlineData("monitor -- /usr", 126, "'/usr' is a folder")]
    [InlineData("config get endpont", 2, "Did you mean: endpoint")]
    [InlineData("config set endpont x", 2, "Did you mean: endpoint")]
    [InlineData("plugins install nowhere", 1, "neither a file nor a plugin that came with km")]
    [InlineData("plugins install /usr", 1, "is a folder")]
    [InlineData("plugins install /bin/sh", 1, "km monitor --dev-plugin /bin/sh")]
    public async Task A_dead_end_says_what_works_instead(string typed, int status, string hint)
    {
        var (ended, output, errors) = await _home.RunAsync(typed.Split(' '));
        Assert.Equal((status, ""), (ended, output));
        Assert.Contains(hint, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_command_in_one_word_is_taken_apart_in_the_hint()
    {
        var (status, _, errors) = await _home.RunAsync("monitor", "--", "sh -c true");
        Assert.Equal(127, status);
        Assert.Contains("Write the words separately: km monitor -- sh -c true", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_with_a_blank_in_its_name_runs_all_the_same()
    {
        var program = _home.File("my server");
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho it runs\n", TestContext.Current.CancellationToken);
        Modes.Set(program, Modes.Mine);
        var (status, output, _) = await _home.RunAsync("monitor", "--no-plugins", "--", program);
        Assert.Equal((0, "it runs\n"), (status, output));
    }

    [Fact]
    public async Task A_script_of_this_folder_is_named_with_its_interpreter()
    {
        await File.WriteAllTextAsync(Path.Combine(_home.Path, "server.js"), "", TestContext.Current.CancellationToken);
        var (status, _, errors) = await _home.RunAsync("monitor", "--", "server.js", "a b");
        Assert.Equal(127, status);
        Assert.Contains("km monitor -- node server.js 'a b'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_as_a_development_plugin_names_the_programs_in_it()
    {
        var folder = Path.GetDirectoryName(Programs.ConsoleLogger)!;
        await using var km = KmProcess.Monitor(["--no-plugins", "--dev-plugin", folder], Conversation.Server, _home.Environment);
        await km.EchoAsync(1);
        await km.EndAsync();
        Assert.DoesNotContain("is a folder", km.Errors, StringComparison.Ordinal);

        await using var other = KmProcess.Monitor(["--dev-plugin", folder], Conversation.Server, _home.Environment);
        await other.EchoAsync(1);
        await other.SaysAsync("is a folder, not a plugin's program [PLG_RUN_001]");
        await other.SaysAsync("Did you mean: --dev-plugin ");
        await other.SaysAsync($"--dev-plugin {Programs.ConsoleLogger}");
        await other.EndAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("help")]
    [InlineData("plugins")]
    [InlineData("help plugins install")]
    public async Task What_asks_for_help_gets_it_and_succeeds(string typed)
    {
        var (status, output, errors) = await _home.RunAsync(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((0, ""), (status, errors));
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_of_a_client_is_not_a_package_and_the_hint_says_what_to_write_in_it()
    {
        var file = _home.File("mcp.json");
        await File.WriteAllTextAsync(file, """{ "mcpServers": {} }""", TestContext.Current.CancellationToken);
        var (status, _, errors) = await _home.RunAsync("install", file, "--yes");
        Assert.Equal(1, status);
        Assert.Contains("configuration of an MCP client, not a package [PLG_PKG_001]", errors, StringComparison.Ordinal);
        Assert.Contains("\"command\": \"km\"", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unsigned_package_says_how_it_is_signed_and_sends_nobody_to_a_support()
    {
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.Package(forge => forge.Envelope = Unsigned), "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_SIG_002]", errors, StringComparison.Ordinal);
        Assert.Contains("kmpkg sign", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("support", errors, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("plugins status nothing --json", "PLG_INS_001")]
    [InlineData("plugins remove nothing --yes --json", "PLG_INS_001")]
    [InlineData("plugins install nothing --json", "PLG_INS_001")]
    [InlineData("auth logout --json", "PLG_AUT_002")]
    [InlineData("config get nothing --json", "CFG_ARG_001")]
    [InlineData("trust add /nowhere --json", "CFG_TRU_001")]
    [InlineData("plugins nothing --json", "CFG_ARG_001")]
    public async Task Errors_are_data_too(string typed, string code)
    {
        var (status, output, errors) = await _home.RunAsync(typed.Split(' '));
        Assert.NotEqual(0, status);
        Assert.Equal(code, JsonElement.Parse(output).GetProperty("error").GetProperty("code").GetString());
        Assert.Contains($"[{code}]", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config set endpoint https://km.example.com --json")]
    [InlineData("config get endpoint --json")]
    [InlineData("config show --json")]
    [InlineData("version --json")]
    [InlineData("plugins untrust . --json")]
    public async Task Commands_answer_as_data(string typed)
    {
        var (status, output, _) = await _home.RunAsync(typed.Split(' '));
        Assert.Equal(0, status);
        Assert.NotEqual(JsonValueKind.Undefined, JsonElement.Parse(output).ValueKind);
    }

    [Theory]
    [InlineData("monitor --help")]
    [InlineData("monitor -- no-such-program-anywhere")]
    [InlineData("plugins status")]
    [InlineData("audit show")]
    public async Task In_a_locale_without_UTF8_everything_is_ASCII(string typed)
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        await using var km = KmProcess.Start(
            Programs.Km,
            typed.Split(' '),
            new Dictionary<string, string>(_home.Environment) { ["LC_ALL"] = "C" },
            _home.Path
        );
        km.CloseInput();
        var output = await new StreamReader(km.Output)
            .ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);
        await km.ExitAsync();
        Assert.All(output + km.Errors, c => Assert.True(char.IsAscii(c), $"{c}: {output}{km.Errors}"));
    }

    private static string Unsigned(string envelope)
    {
        var json = JsonNode.Parse(envelope)!;
        json["signatures"] = new JsonArray();
        return json.ToJsonString();
    }
}
