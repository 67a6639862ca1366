using System.Collections.Concurrent;

namespace Kilometers.Http.Tests.Running;

/// <summary>A browser without a user: a program that hands each address to the test, which follows its redirections.</summary>
internal sealed class TestBrowser : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("km-browser-").FullName;
    private readonly CancellationTokenSource _over = new();
    private readonly HttpClient _http = new();
    private readonly Task _following;

    public TestBrowser()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "opened"));
        Program = Path.Combine(_folder, "browser");
        File.WriteAllText(
            Program,
            $"""
            #!/bin/sh
            file=$(mktemp '{_folder}/opened/new.XXXXXX') && printf %s "$1" > "$file" && mv "$file" "$file.url"

            """
        );
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Visit = address => _http.GetStringAsync(address);
        _following = FollowAsync();
    }

    /// <summary>The program.</summary>
    public string Program { get; }

    /// <summary>What the user does with an address.</summary>
    public Func<Uri, Task> Visit { get; set; }

    /// <summary>The addresses that were opened.</summary>
    public ConcurrentQueue<Uri> Opened { get; } = new();

    /// <summary>What keeps sign-ins in the test's folder.</summary>
    public string[] Options => ["--sign-ins", SignIns, "--secrets", Path.Combine(_folder, "secrets"), "--key-store", "file"];

    /// <summary>Where the sign-ins are listed.</summary>
    public string SignIns => Path.Combine(_folder, "sign-ins");

    /// <summary>All text that km has kept, as a thief of the disk would read it.</summary>
    public string Kept() =>
        string.Concat(
            Directory
                .EnumerateFiles(_folder, "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".url", StringComparison.Ordinal))
                .Select(file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)))
        );

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _over.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task FollowAsync()
    {
        while (true)
        {
            foreach (var file in Directory.GetFiles(Path.Combine(_folder, "opened"), "*.url"))
            {
                var address = new Uri(await File.ReadAllTextAsync(file, _over.Token));
                File.Delete(file);
                Opened.Enqueue(address);
                await Visit(address);
            }

            await Task.Delay(20, _over.Token);
        }
    }
}
