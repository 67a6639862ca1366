using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Policies;

/// <summary>
/// An administrator with a policy in <c>/etc/km</c> that only this test's km sees: its mount namespace lays a folder over <c>/etc</c>. There
/// is no other way to give km another administrator's policy, and there must be none.
/// </summary>
internal sealed class Administrator : IDisposable
{
    private const string Over = "mount -t overlay overlay -o lowerdir=\"$1\":/etc /etc && shift && exec \"$@\"";
    private static readonly Lazy<bool> IsPossible = new(() =>
    {
        using var folder = new Administrator();
        return Commands.RunAsync("unshare", [.. folder.Arguments("true", [])]).GetAwaiter().GetResult() == 0;
    });

    private readonly Workspace _workspace = new();

    private Administrator() { }

    /// <summary>The policy, as this test sees it.</summary>
    public string Policy => Path.Combine(_workspace.Folder, "km", "policy.json");

    /// <summary>Skips the test where no mount namespaces can be made.</summary>
    public static Administrator Create()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && IsPossible.Value,
            "an administrator's policy: this machine lets tests make no mount namespaces (unshare)"
        );
        return new Administrator();
    }

    public static Administrator With(string policy)
    {
        var administrator = Create();
        administrator.Write(policy);
        return administrator;
    }

    public void Write(string policy)
    {
        var folder = Modes.Folder(Path.GetDirectoryName(Policy)!);
        File.WriteAllText(Policy, policy);
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        Modes.Set(Policy, Readable | UnixFileMode.UserWrite);
        foreach (var path in new[] { folder, _workspace.Folder })
            Modes.Set(path, Modes.Mine | Readable | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    public KmProcess Start(KmHomeFolder home, params string[] arguments) => StartProgram(home, Programs.Km, arguments);

    /// <summary>Starts a program that starts km.</summary>
    public KmProcess StartProgram(KmHomeFolder home, string program, params string[] arguments) =>
        KmProcess.Start("unshare", Arguments(program, arguments), home.Environment, home.Path);

    public KmProcess Monitor(KmHomeFolder home, string[] options, params string[] server) =>
        Start(home, ["monitor", .. options, "--", .. server]);

    /// <summary>The same under strace, which writes the reads and writes of all processes to a file.</summary>
    public KmProcess Trace(KmHomeFolder home, string file, params string[] server) =>
        KmProcess.Start(
            "strace",
            ["-f", "-qq", "-e", "trace=read,write", "-o", file, "unshare", .. Arguments(Programs.Km, ["monitor", "--", .. server])],
            home.Environment,
            home.Path
        );

    /// <summary>Runs a command of km to its end.</summary>
    public async Task<(int Status, string Output, string Errors)> RunAsync(KmHomeFolder home, params string[] arguments)
    {
        await using var km = Start(home, arguments);
        km.CloseInput();
        var output = await new StreamReader(km.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (await km.ExitAsync(), output, km.Errors);
    }

    public void Dispose() => _workspace.Dispose();

    private string[] Arguments(string program, string[] arguments) =>
        [
            "--mount",
            .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--map-root-user"],
            "sh",
            "-c",
            Over,
            "sh",
            _workspace.Folder,
            program,
            .. arguments,
        ];
}
