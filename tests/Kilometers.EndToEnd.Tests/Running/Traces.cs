using System.Globalization;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>
/// What km and everything below it leave behind in one test. A process is known by its environment, which names the test's own folder:
/// in that of km, the guardian, the server and its descendants, however far they went, as <c>XDG_RUNTIME_DIR</c>; in a plugin's as its record.
/// </summary>
internal sealed class Traces : IDisposable
{
    private readonly string _runtime;

    public Traces()
    {
        _runtime = Directory.CreateDirectory(Workspace.File("run")).FullName;
        Environment = new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = _runtime, ["TMPDIR"] = _runtime };
    }

    public Workspace Workspace { get; } = new();

    /// <summary>What to start km with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>km's run directories.</summary>
    public IReadOnlyList<string> RunDirectories => Directory.GetFileSystemEntries(_runtime, "km-*");

    /// <summary>Ids of all live processes of this test.</summary>
    public IReadOnlyList<int> Live() => [.. All().Where(id => Processes.IsAlive(id) && Contains($"/proc/{id}/environ", Workspace.Folder))];

    /// <summary>Waits for km's guardian.</summary>
    public async Task<int> GuardianAsync()
    {
        var guardian = 0;
        await Wait.ForAsync(
            () => (guardian = Live().FirstOrDefault(id => Contains($"/proc/{id}/cmdline", "__guard"))) != 0,
            "the guardian"
        );
        return guardian;
    }

    /// <summary>Waits until the guardian has looked around after now: what it could not see yet, it need not end.</summary>
    public async Task GuardianLooksAsync()
    {
        // It has started when it waits in poll(); from then on each look ends in a sleep, which the kernel counts.
        var guardian = await GuardianAsync();
        await Wait.ForAsync(
            () => File.ReadAllText($"/proc/{guardian}/wchan").Contains("poll", StringComparison.Ordinal),
            "the guardian to have started"
        );
        var before = Sleeps(guardian);
        await Wait.ForAsync(() => Sleeps(guardian) >= before + 4, "the guardian to look at the process table");
    }

    public async Task AreGoneAsync()
    {
        try
        {
            await Wait.ForAsync(() => Live().Count == 0 && RunDirectories.Count == 0, "nothing to be left");
        }
        catch (TimeoutException)
        {
            Assert.Fail($"left: {string.Join("; ", RunDirectories)}; {string.Join("; ", Live().Select(Describe))}");
        }
    }

    public void Dispose()
    {
        foreach (var id in Live())
            KmProcess.Send(id, PosixSignalNumber.Kill);
        Workspace.Dispose();
    }

    private static IEnumerable<int> All() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let id = int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
        where id > 0
        select id;

    private static bool Contains(string file, string text)
    {
        try
        {
            return File.ReadAllText(file).Contains(text, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended just now, or belongs to somebody else.
            return false;
        }
    }

    private static string Describe(int id) =>
        $"{id} {File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ')}{File.ReadAllText($"/proc/{id}/stat")}";

    private static long Sleeps(int id) =>
        long.Parse(
            File.ReadLines($"/proc/{id}/task/{id}/status")
                .Single(line => line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal))
                .Split(':')[1],
            CultureInfo.InvariantCulture
        );
}
