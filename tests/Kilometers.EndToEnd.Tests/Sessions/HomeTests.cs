using Kilometers.EndToEnd.Tests.Policies;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>Where there is no directory for km's files, or one that others could change: the session runs, and nothing is taken from there.</summary>
public sealed class HomeTests : IDisposable
{
    private const UnixFileMode Shared =
        Modes.Mine
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(".km")]
    [InlineData("./")]
    [InlineData("~/.km")]
    public async Task A_relative_home_is_refused_and_nothing_is_taken_from_or_left_in_the_current_directory(string named)
    {
        // A checkout that names whom km is to trust.
        var project = Modes.Folder(_home.File("project"));
        Modes.Folder(Path.Combine(project, ".km"));
        File.Copy(
            Path.Combine(_home.Path, "trust.d", "test.pem"),
            Path.Combine(Modes.Folder(Path.Combine(project, ".km", "trust.d")), "theirs.pem")
        );
        await using var km = KmProcess.Start(Programs.Km, ["monitor", "--", "cat"], Named(named), project);
        await km.SendAsync("hello");
        Assert.Equal("hello", await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        Assert.Single(km.Errors.Split('\n'), line => line.Contains("[CFG_HOM_001]", StringComparison.Ordinal));

        foreach (var command in new[] { "trust list", "plugins list", "config show", "auth status", "audit show" })
        {
            var (status, output, errors) = await RunAsync(project, named, command.Split(' '));
            Assert.Equal(1, status);
            Assert.Contains("[CFG_HOM_001]", errors, StringComparison.Ordinal);
            Assert.Empty(output);
        }

        var left = Directory
            .EnumerateFileSystemEntries(project, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(project, path));
        Assert.Equal([".km", ".km/trust.d", ".km/trust.d/theirs.pem"], left.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_home_that_others_may_write_to_is_not_read_and_the_session_runs_without_plugins()
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        File.WriteAllText(
            Path.Combine(Modes.Folder(Path.Combine(_home.Path, "config")), "km.json"),
            """{"endpoint": "http://127.0.0.1:9"}"""
        );
        Assert.Contains("127.0.0.1:9", (await _home.RunAsync("config", "show")).Output, StringComparison.Ordinal);
        var records = _home.Audit.Count;

        Modes.Set(Path.GetDirectoryName(_home.Path)!, Modes.Mine | UnixFileMode.OtherExecute);
        Modes.Set(_home.Path, Shared);
        var (status, output, errors) = await _home.RunAsync("config", "show");
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("[CFG_HOM_002]", errors, StringComparison.Ordinal);
        await using var km = KmProcess.Start(Programs.Km, ["monitor", "--", "cat"], _home.Environment, _home.File(""));
        await km.SendAsync("hello");
        Assert.Equal("hello", await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        var said = $"Other users may write to {_home.Path}. [CFG_HOM_002]";
        Assert.Single(km.Errors.Split('\n'), line => line.Contains(said, StringComparison.Ordinal));
        _home.AssertNothingStarted(km.Errors);
        Assert.Equal(records, _home.Audit.Count);
    }

    [Fact]
    public async Task A_directory_above_the_home_that_others_may_write_to_is_enough()
    {
        Modes.Set(Path.GetDirectoryName(_home.Path)!, Shared);
        Assert.Contains("[CFG_HOM_002]", (await _home.RunAsync("config", "show")).Errors, StringComparison.Ordinal);

        // With the sticky bit nobody else can rename what is the user's.
        Modes.Set(Path.GetDirectoryName(_home.Path)!, Shared | UnixFileMode.StickyBit);
        Assert.Equal(0, (await _home.RunAsync("config", "show")).Status);
    }

    [Fact]
    public async Task What_the_administrator_requires_is_required_without_a_home_as_well()
    {
        using var administrator = Administrator.With("""{"version": 1, "plugins": {"require": ["console-logger"]}}""");
        Modes.Set(Path.GetDirectoryName(_home.Path)!, Modes.Mine | UnixFileMode.OtherExecute);
        Modes.Set(_home.Path, Shared);
        await using var km = administrator.Monitor(_home, [], "sh", "-c", $": > '{_home.File("server")}'");
        Assert.Equal(1, await km.FinishAsync());
        Assert.Contains("[PLG_POL_007]", km.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_home.File("server")));
    }

    private static Dictionary<string, string> Named(string home) => new() { ["KM_HOME"] = home };

    private static async Task<(int Status, string Output, string Errors)> RunAsync(string directory, string home, string[] arguments)
    {
        await using var km = KmProcess.Start(Programs.Km, arguments, Named(home), directory);
        km.CloseInput();
        var output = await new StreamReader(km.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (await km.ExitAsync(), output, km.Errors);
    }
}
