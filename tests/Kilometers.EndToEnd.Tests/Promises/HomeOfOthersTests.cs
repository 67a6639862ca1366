using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>
/// A directory of km that somebody else could have written decides nothing: not where the key goes, not whom km trusts, not what runs.
/// What an attacker wants is an endpoint of his own and a plugin that is started.
/// </summary>
public sealed class HomeOfOthersTests : IDisposable
{
    private const string Theirs = "https://attacker.example";
    private const string Nobody = "65534";
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("chmod g+w \"$KM\"")]
    [InlineData("chmod o+w \"$KM\"")]
    [InlineData("chmod 1777 \"$KM\"")]
    [InlineData("chmod o+w \"$KM/config/km.json\"; chmod o+rx \"$KM\" \"$KM/config\"")]
    [InlineData("chmod o+rwx \"$KM/config\"; chmod o+rx \"$KM\"")]
    [InlineData("chown 65534 \"$KM\"")]
    [InlineData("chown 65534 \"$KM/config\"; chmod o+rx \"$KM\"")]
    [InlineData("chown 65534 \"$KM/config/km.json\"; chmod o+rx \"$KM\" \"$KM/config\"")]
    [InlineData("mkdir \"$KM.real\"; mv \"$KM\" \"$KM.real/km\"; chmod 777 \"$KM.real\"; ln -s \"$KM.real/km\" \"$KM\"")]
    [InlineData(
        "mkdir -m 1777 \"$KM.open\"; mv \"$KM\" \"$KM.real\"; ln -s \"$KM.real\" \"$KM.open/km\"; chown -h 65534 \"$KM.open/km\"; ln -s \"$KM.open/km\" \"$KM\""
    )]
    [InlineData("mv \"$KM/config\" \"$KM.config\"; chmod o+rwx \"$KM.config\"; ln -s \"$KM.config\" \"$KM/config\"")]
    public async Task What_another_user_could_have_written_sends_the_key_nowhere(string change)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "giving a file to another user takes root");
        OpenTheWay();
        WriteEndpoint(_home.Path);
        var (before, output, _) = await _home.RunAsync("config", "get", "endpoint");
        Assert.Equal((0, Theirs), (before, output.Trim().TrimEnd('/')));
        var changed = await Shell.RunAsync("KM=$1; " + change, null, null, _home.Path);
        Assert.True(changed.Status == 0, changed.Errors);
        var (status, given, errors) = await _home.RunAsync("config", "get", "endpoint");
        Assert.NotEqual(0, status);
        Assert.DoesNotContain(Theirs, given, StringComparison.Ordinal);

        // Where the directory is the user's own, it is the file that is named.
        Assert.Matches(@"\[(CFG_HOM_002|CFG_FIL_001)\]", errors);
    }

    [Theory]
    [InlineData("chmod o+w \"$KM\"")]
    [InlineData("chmod g+w \"$KM/plugins\"")]
    [InlineData("chmod o+w \"$KM/plugins/forged.kmpkg\"")]
    [InlineData("chown 65534 \"$KM/plugins/forged.kmpkg\"")]
    [InlineData("mv \"$KM/plugins/forged.kmpkg\" \"$KM.pkg\"; ln -s \"$KM.pkg\" \"$KM/plugins/forged.kmpkg\"")]
    public async Task What_another_user_could_have_written_is_not_started_and_the_session_goes_on(string change)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "giving a file to another user takes root");
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.Package(), "--yes")).Status);
        OpenTheWay();
        foreach (var folder in new[] { _home.Path, Path.Combine(_home.Path, "plugins") })
            Modes.Set(folder, Modes.Mine | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Assert.Equal(0, (await Shell.RunAsync("KM=$1; " + change, null, null, _home.Path)).Status);
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await km.SendAsync("ping");
        Assert.Equal("ping", await km.ReadLineAsync());
        await Wait.ForAsync(() => km.Errors.Contains("_00", StringComparison.Ordinal), () => $"km to say why: {km.Errors}");
        Assert.Equal(0, await km.FinishAsync());
        Assert.Matches(@"\[(CFG_HOM_002|PLG_DIR_001)\]", km.Errors);
        _home.AssertNothingStarted(km.Errors);
    }

    [Theory]
    [InlineData("env -u HOME")]
    [InlineData("env HOME=")]
    [InlineData("env HOME=.")]
    [InlineData("env HOME=project")]
    [InlineData("env HOME=/nonexistent")]
    [InlineData("env HOME=/root")]
    [InlineData("env HOME=/etc/passwd")]
    [InlineData("env KM_HOME=.km")]
    [InlineData("env KM_HOME=./.km")]
    [InlineData("env HOME=$PROJECT/..")]
    public async Task Nothing_of_a_project_decides_anything_where_there_is_no_home(string environment)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "becoming a user without a home takes root");
        OpenTheWay();
        var project = Directory.CreateDirectory(_home.File("project")).FullName;
        foreach (var folder in new[] { project, Path.Combine(project, "project") })
        {
            var theirs = Directory.CreateDirectory(Path.Combine(folder, ".km", "trust.d")).Parent!.FullName;
            File.Copy(Path.Combine(_home.Path, "trust.d", "test.pem"), Path.Combine(theirs, "trust.d", "theirs.pem"));
            File.Copy(_home.Package(), Path.Combine(Directory.CreateDirectory(Path.Combine(theirs, "plugins")).FullName, "forged.kmpkg"));
            WriteEndpoint(theirs);
        }

        // The project is everybody's to read and, as of a hostile archive, even the user's own.
        await Commands.RunAsync("chmod", "-R", "a+rX,go-w", project);
        await Commands.RunAsync("chown", "-R", Nobody, project);
        var program = ReachableKm();
        var before = Listing(project);
        var become =
            $"PROJECT=$2; exec setpriv --reuid={Nobody} --regid={Nobody} --clear-groups "
            + $"env -u KM_HOME -u XDG_RUNTIME_DIR {environment[4..]} TMPDIR=/tmp";
        foreach (var command in new[] { "config get endpoint", "trust list", "plugins list" })
        {
            var (_, output, errors) = await Shell.RunAsync($"{become} \"$1\" {command}", null, project, program, project);
            Assert.DoesNotContain("attacker", output + errors, StringComparison.Ordinal);
            Assert.DoesNotContain("theirs.pem", output + errors, StringComparison.Ordinal);
            Assert.DoesNotContain("forged", output + errors, StringComparison.Ordinal);
        }

        await using var km = Shell.Start($"{become} \"$1\" monitor -- cat", null, project, program, project);
        await km.SendAsync("ping");
        Assert.Equal("ping", await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        _home.AssertNothingStarted(km.Errors);
        Assert.Equal(before, Listing(project));
    }

    [Fact]
    public async Task A_link_of_the_users_own_to_a_directory_of_his_own_will_do()
    {
        WriteEndpoint(_home.Path);
        var link = _home.File("link");
        Directory.CreateSymbolicLink(link, _home.Path);
        var environment = new Dictionary<string, string> { ["KM_HOME"] = link + "/" };
        var (status, output, errors) = await Shell.RunAsync("exec \"$1\" config get endpoint", environment, null, Programs.Km);
        Assert.True(status == 0, errors);
        Assert.Equal(Theirs, output.Trim().TrimEnd('/'));
    }

    /// <summary>The test's folder is closed to others, and what lies in it out of their reach: here it is not.</summary>
    private void OpenTheWay() =>
        Modes.Set(
            Path.GetDirectoryName(_home.Path)!,
            Modes.Mine | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute
        );

    private static void WriteEndpoint(string home)
    {
        var config = Modes.Folder(Path.Combine(home, "config"));
        File.WriteAllText(Path.Combine(config, "km.json"), $$"""{"endpoint":"{{Theirs}}"}""");
    }

    private static string Listing(string folder) =>
        string.Join('\n', Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));

    private string ReachableKm()
    {
        var folder = Directory.CreateDirectory(_home.File("program")).FullName;
        foreach (var file in Programs.KmFiles)
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return Path.Combine(folder, Path.GetFileName(Programs.Km));
    }
}
