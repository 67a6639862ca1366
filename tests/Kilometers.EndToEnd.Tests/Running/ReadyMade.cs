namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>
/// What takes seconds of processor time to make, mostly its RSA keys, and is the same for many tests: made once in a run, by the real
/// programs. Each test gets a copy of its own. Making it has tests of its own.
/// </summary>
internal static class ReadyMade
{
    private static readonly Lazy<Workspace> Folder = new(() =>
    {
        var folder = new Workspace();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder;
    });

    private static readonly Lazy<Task<string>> Keys = new(MakeKeysAsync);

    /// <summary>A publisher's keys, as <c>kmpkg keys init</c> makes them.</summary>
    public static async Task KeysAsync(string folder) => Copy(await Keys.Value, folder);

    /// <summary>A folder in which things are made that tests copy; it goes with the run.</summary>
    public static string In(string name) => Folder.Value.File(name);

    /// <summary>Copies a folder, for the user alone.</summary>
    public static void Copy(string from, string to)
    {
        Modes.Folder(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    private static async Task<string> MakeKeysAsync()
    {
        var folder = In("keys");
        await using var kmpkg = KmProcess.Start(Programs.Kmpkg, ["keys", "init", "--organization", "Example", "--keys", folder]);
        return await kmpkg.FinishAsync() == 0 ? folder : throw new InvalidOperationException(kmpkg.Errors);
    }
}
