using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>Whatever the folder for temporary files is called: km deletes what it made there, all of it, and nothing beside it.</summary>
public sealed class TemporaryFolderTests : IDisposable
{
    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    public static TheoryData<string> Names =>
        [
            "a folder",
            "precious\ntmp",
            "precious\n",
            "\nprecious",
            "precious\r",
            "precious\t",
            "precious|tmp",
            "pr\u00e9cieux",
            "-rf",
            "$(touch precious)",
            "it's \"quoted\"",
            "precious//",
        ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_km_that_is_killed_leaves_the_folder_and_its_neighbours_as_they_were(string name)
    {
        var around = Modes.Folder(_home.File("around"));
        var temporary = Modes.Folder(Path.Combine(around, name));
        await RunAsync(around, temporary + (name.EndsWith('/') ? "/" : ""), Path.TrimEndingDirectorySeparator(temporary));
    }

    [Fact]
    public async Task The_same_where_the_folder_is_a_link()
    {
        var around = Modes.Folder(_home.File("around"));
        var temporary = Modes.Folder(Path.Combine(around, "real"));
        var link = Path.Combine(around, "link");
        Directory.CreateSymbolicLink(link, temporary);
        await RunAsync(around, link, temporary);
        Assert.Equal(temporary, new DirectoryInfo(link).LinkTarget);
    }

    private async Task RunAsync(string around, string named, string temporary)
    {
        Assert.Equal(0, (await _home.RunAsync("plugins", "install", _home.ConsoleLogger(), "--yes")).Status);

        // What a mistaken reader of the path could take it for, and what looks like km's.
        string[] neighbours = ["precious", "tmp", "km-0123456789", "km-neighbour"];
        foreach (var folder in new[] { around, temporary })
        foreach (var neighbour in neighbours.Where(neighbour => !File.Exists(Path.Combine(folder, neighbour))))
            await File.WriteAllTextAsync(
                Path.Combine(Directory.CreateDirectory(Path.Combine(folder, neighbour)).FullName, "file"),
                "data",
                TestContext.Current.CancellationToken
            );
        var before = Listing(around);
        var variables = new Dictionary<string, string>(_home.Environment)
        {
            ["TMPDIR"] = named,
            ["XDG_RUNTIME_DIR"] = "",
            ["DOTNET_EnableDiagnostics"] = "0", // its sockets stay behind where a runtime is killed
        };
        await using var km = KmProcess.Monitor([], ["cat"], variables);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        await Wait.ForAsync(
            () => km.Errors.Contains("✓ ", StringComparison.Ordinal) || km.Errors.Contains("PLG_", StringComparison.Ordinal),
            () => km.Errors
        );
        Assert.Contains("✓ console-logger", km.Errors, StringComparison.Ordinal);
        var below = Processes.DescendantsOf(km.Id);
        km.Signal(PosixSignalNumber.Kill);
        await Wait.ForAsync(() => !below.Exists(Processes.IsAlive), "everything below km to end");
        await Wait.ForAsync(() => Listing(around) == before, () => $"the folders to be as they were:\n{before}\nnow:\n{Listing(around)}");
    }

    private static string Listing(string folder) =>
        string.Join('\n', Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
}
