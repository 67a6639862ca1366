using Kilometers.EndToEnd.Tests.Isolation;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>What the programs write is closed to other users, whatever mask for modes they are started with.</summary>
public sealed class ModeTests : IDisposable
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("000")]
    [InlineData("077")]
    public async Task Everything_in_the_directory_of_km_is_the_users_alone(string mask)
    {
        using var home = new KmHomeFolder();
        var package = home.ConsoleLogger();
        var root = home.File("root.pem");
        File.Copy(Path.Combine(home.Path, "trust.d", "test.pem"), root);
        Directory.Delete(home.Path, recursive: true);
        var commands = """
            umask MASK; set -e
            "$1" config set credential-helper file; "$1" trust add "$2" --yes; "$1" plugins install "$3" --yes; "$1" plugins disable console-logger
            "$1" plugins enable console-logger; mkdir -p "$4/plugins"; cp "$3" "$4/plugins/other.kmpkg"; chmod -R go-w "$4"; "$1" plugins trust "$4" --yes || true
            printf 'one\ntwo\n' | "$1" monitor -- cat
            """.Replace("MASK", mask, StringComparison.Ordinal);
        var (status, _, errors) = await Shell.RunAsync(commands, home.Environment, null, Programs.Km, root, package, home.File("project"));
        Assert.True(status == 0, errors);
        AssertClosed(home.Path);
    }

    [Theory]
    [InlineData("000")]
    [InlineData("077")]
    public async Task A_running_sessions_files_and_those_of_its_plugin_are_the_users_alone(string mask)
    {
        using var home = await HostileHome.CreateAsync(isOrdinary: false);
        var run = Modes.Folder(home.Named("temporary"));
        var variables = new Dictionary<string, string>
        {
            ["KM_HOME"] = home.Path,
            ["TMPDIR"] = run,
            ["XDG_RUNTIME_DIR"] = "",
        };
        await using var km = Shell.Start("umask \"$2\"; exec \"$1\" monitor -- cat", variables, null, Programs.Km, mask);
        await Wait.ForAsync(() => km.Errors.Contains("✓ hostile v1.0.0", StringComparison.Ordinal), () => km.Errors);
        Assert.Equal("allowed", await HostileHome.TryAsync(km, "keep a file in its state directory", ""));
        Assert.Contains(Path.Combine(home.State, "kept"), AssertClosed(home.State));
        Assert.Contains(AssertClosed(run), path => path.EndsWith("km-plugin-hostile", StringComparison.Ordinal));
        AssertClosed(Path.Combine(home.Path, "run"));
        Assert.Equal(0, await km.FinishAsync());
    }

    [Theory]
    [InlineData("000")]
    [InlineData("077")]
    public async Task Keys_that_kmpkg_makes_are_the_users_alone(string mask)
    {
        var keys = _workspace.File("keys");
        var (status, _, errors) = await Shell.RunAsync(
            "umask \"$2\"; exec \"$1\" keys init --organization Example --keys \"$3\"",
            null,
            _workspace.Folder,
            Programs.Kmpkg,
            mask,
            keys
        );
        Assert.True(status == 0, errors);
        var secret = Directory.GetFiles(keys, "key.pem", SearchOption.AllDirectories);
        Assert.NotEmpty(secret);
        Assert.All(secret, file => Assert.Equal(default, Modes.Of(file) & Others));
    }

    [Theory]
    [InlineData("000")]
    [InlineData("077")]
    public async Task The_servers_data_are_the_servers_alone_in_a_folder_that_was_open(string mask)
    {
        var data = Directory.CreateDirectory(_workspace.File("data")).FullName;
        Modes.Set(data, Modes.Mine | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await using var server = Serve(mask, data);
        string? line;
        while ((line = await server.ReadLineAsync()) is not null && !line.StartsWith("Listening", StringComparison.Ordinal))
        {
            // It says which keys it made.
        }

        Assert.True(line is not null, server.Errors);
        Assert.Contains(AssertClosed(data), path => path.EndsWith("events.db", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_of_somebody_elses_data_that_is_open_is_refused_with_the_command_that_closes_it()
    {
        var data = Directory.CreateDirectory(_workspace.File("data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "notes.txt"), "not km-api's", TestContext.Current.CancellationToken);
        var open = Modes.Mine | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Modes.Set(data, open);
        await using var server = Serve("022", data);
        Assert.Equal(1, await server.FinishAsync());
        Assert.Contains("chmod 700", server.Errors, StringComparison.Ordinal);
        Assert.Contains(data, server.Errors, StringComparison.Ordinal);
        Assert.Equal((open, 1), (Modes.Of(data), Directory.GetFileSystemEntries(data).Length));
    }

    private KmProcess Serve(string mask, string data) =>
        Shell.Start(
            "umask \"$2\"; exec \"$1\" serve --dev --data \"$3\" --urls http://127.0.0.1:0",
            null,
            _workspace.Folder,
            Programs.KmApi,
            mask,
            data
        );

    /// <returns>What is in the folder.</returns>
    private static string[] AssertClosed(string folder)
    {
        var entries = Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories);
        Assert.Equal(
            "",
            string.Join(
                '\n',
                entries.Append(folder).Where(path => (Modes.Of(path) & Others) != 0).Select(path => $"{path}: {Modes.Of(path)}")
            )
        );
        return entries;
    }
}
