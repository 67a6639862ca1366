using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Packages;

/// <summary>What km writes is for the user alone, even where the user's umask takes nothing away.</summary>
public sealed class ModeTests : IDisposable
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Every_file_and_directory_is_for_the_user_alone_whatever_the_umask()
    {
        var run = Modes.Folder(_home.File("run"));
        foreach (
            var command in new[]
            {
                $"plugins install {_home.ConsoleLogger()} --yes",
                $"plugins install {_home.Package()} --yes",
                "config set endpoint https://api.example.test",
                "plugins disable forged",
                "plugins list",
                "trust list",
                "audit show",
            }
        )
        {
            await using var km = Start(command.Split(' '));
            Assert.Equal(0, await km.FinishAsync());
        }

        await using var session = Start(["monitor", "--", "cat"]);
        await session.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        await session.SaysAsync("→ ping");
        AssertPrivate(run, atLeast: 5);
        AssertPrivate(_home.Path, atLeast: 10);
        await session.ReadLineAsync();
        Assert.Equal(0, await session.FinishAsync());
        AssertPrivate(_home.Path, atLeast: 10);
        await Wait.ForAsync(() => !Directory.EnumerateFileSystemEntries(run).Any(), "the host to put everything away");

        KmProcess Start(string[] arguments) =>
            KmProcess.Start(
                "sh",
                ["-c", "umask 000; exec \"$@\"", "sh", Programs.Km, .. arguments],
                new Dictionary<string, string>(_home.Environment) { ["XDG_RUNTIME_DIR"] = run }
            );
    }

    private static void AssertPrivate(string folder, int atLeast)
    {
        // The test's own root certificate was put there by the test.
        var entries = Directory
            .EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "test.pem")
            .ToList();
        Assert.True(entries.Count >= atLeast, $"only {entries.Count} below {folder}");
        Assert.Empty(entries.Where(path => (Modes.Of(path) & Others) != 0).Select(path => $"{path} {Modes.Of(path)}"));
    }
}
