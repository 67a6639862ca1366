using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>Where plugins are unpacked and started from, on systems whose temporary directory will not do.</summary>
public sealed class RunDirectoryTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("noexec,mode=1777")]
    [InlineData("ro")]
    [InlineData("size=4k,mode=1777")]
    [InlineData("nr_inodes=1,mode=1777")]
    public async Task A_temporary_directory_that_programs_cannot_be_started_from_is_passed_over(string mount)
    {
        await InstallAsync();
        Directory.CreateDirectory(_home.File("tmp"));
        await using var km = KmProcess.Start(
            "unshare",
            [
                "--mount",
                .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--map-root-user"],
                "sh",
                "-c",
                """mount -t tmpfs -o "$1" none "$2" && shift 2 && exec "$@" """,
                "sh",
                mount,
                _home.File("tmp"),
                Programs.Km,
                "monitor",
                "--",
                "cat",
            ],
            new Dictionary<string, string>(_home.Environment) { ["TMPDIR"] = _home.File("tmp"), ["XDG_RUNTIME_DIR"] = "/nonexistent" }
        );
        await RunsAsync(km);
    }

    [Fact]
    public async Task A_line_end_in_the_temporary_directorys_name_changes_nothing()
    {
        await InstallAsync();
        var folder = Modes.Folder(_home.File("t\nm=p -- p"));
        var environment = new Dictionary<string, string>(_home.Environment) { ["TMPDIR"] = folder, ["XDG_RUNTIME_DIR"] = "" };
        await using var km = KmProcess.Start(Programs.Km, ["monitor", "--", "cat"], environment);
        await RunsAsync(km);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task An_open_directory_without_the_sticky_bit_is_passed_over()
    {
        await InstallAsync();
        var open = Modes.Folder(_home.File("open"));
        Modes.Set(Path.GetDirectoryName(open)!, Modes.Mine | UnixFileMode.OtherExecute);
        Modes.Set(open, Modes.Mine | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        using var made = new FileSystemWatcher(open) { EnableRaisingEvents = true };
        var seen = 0;
        made.Created += (_, _) => seen++;
        var environment = new Dictionary<string, string>(_home.Environment) { ["XDG_RUNTIME_DIR"] = open };
        await using var km = KmProcess.Start(Programs.Km, ["monitor", "--", "cat"], environment);
        await RunsAsync(km);
        Assert.Equal(0, seen);
    }

    [Fact]
    public async Task What_was_exchanged_since_it_was_verified_is_not_started()
    {
        var folder = Modes.Folder(_home.File("files"));
        File.WriteAllText(Path.Combine(folder, "program"), "#!/bin/sh\npwd -P\n");
        Modes.Set(Path.Combine(folder, "program"), Modes.Mine);
        var numbers = (await RunAsync("stat", "-c", "%Hd %Ld %i", folder)).Output.Split(' ').Select(ulong.Parse).ToArray();
        var pin = $"pin={(numbers[0] << 32) | numbers[1]}:{numbers[2]}={folder}";
        Assert.Equal((0, folder + "\n"), await LaunchAsync(pin, folder));

        Directory.Move(folder, folder + "-gone");
        Modes.Folder(folder);
        File.Copy(Path.Combine(folder + "-gone", "program"), Path.Combine(folder, "program"));
        Assert.Equal((125, ""), await LaunchAsync(pin, folder));
    }

    private static Task<(int Status, string Output)> LaunchAsync(string pin, string folder) =>
        RunAsync(Programs.Km, "__launch", "confine=0", pin, "--", Path.Combine(folder, "program"));

    private static async Task<(int Status, string Output)> RunAsync(string program, params string[] arguments)
    {
        await using var process = KmProcess.Start(program, arguments);
        process.CloseInput();
        var output = await new StreamReader(process.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (await process.ExitAsync(), output);
    }

    private async Task InstallAsync() =>
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes")).Status);

    private static async Task RunsAsync(KmProcess km)
    {
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        await km.SaysAsync("→ ping");
        await km.ReadLineAsync();
        Assert.Equal(0, await km.FinishAsync());
    }
}
