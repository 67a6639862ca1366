namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>Surroundings in which something is missing that programs count on.</summary>
/// <param name="Name">What is missing, as the table in docs/surroundings.md says it.</param>
/// <param name="Shell">The beginning of a shell command that runs another one there.</param>
/// <param name="IsNativeOnly">Whether CoreCLR, on which the build's km runs, does not itself start there.</param>
internal sealed record Surroundings(string Name, string Shell, bool IsNativeOnly = true)
{
    private const string AsNobody = "exec setpriv --reuid 64999 --regid 64999 --clear-groups";

    /// <summary>What deny.c denies; null where it is not needed.</summary>
    public string? Denied { get; private init; }

    public static IReadOnlyList<Surroundings> All { get; } =
    [
        new("no file may be written", "ulimit -f 0; exec"),
        new("files may have 20 KiB", "ulimit -f 20; exec"),
        new("files may have 4000 KiB", "ulimit -f 4000; exec"),
        new("files may have 100 MiB", "ulimit -f 102400; exec"),
        new("60 MB of address space", "ulimit -v 60000; exec"),
        new("300 MB of address space", "ulimit -v 300000; exec"),
        new("450 MB of address space", "ulimit -v 450000; exec"),
        new("600 MB of address space", "ulimit -v 600000; exec"),
        new("1 GB of address space", "ulimit -v 1000000; exec"),
        new("1100 MB of address space", "ulimit -v 1100000; exec"),
        new("2 GB of address space", "ulimit -v 2000000; exec"),
        new("5 MB of data", "ulimit -d 5000; exec"),
        new("500 MB of data", "ulimit -d 500000; exec"),
        new("a small stack", "ulimit -s 200; exec"),
        new("32 open files", "ulimit -n 32; exec"),
        new("100 open files", "ulimit -n 100; exec", IsNativeOnly: false),
        new("1 process", Processes(1)),
        new("4 processes", Processes(4)),
        new("8 processes", Processes(8)),
        new("20 processes", Processes(20)),
        new("32 processes", Processes(32)),
        new("no core files", "ulimit -c 0; exec", IsNativeOnly: false),
        new("no locked memory", "ulimit -l 0; exec", IsNativeOnly: false),
        new("no queued signals", "ulimit -i 0; exec"),
        new("the working directory is gone", "d=$(mktemp -d); cd $d; rmdir $d; exec"),
        new("the working directory is closed to km", $"d=$(mktemp -dp $HOME); cd $d; chown 0 $d && chmod 0 $d && {AsNobody}"),
        new("an empty environment", "exec env -i KM_HOME=\"$KM_HOME\""),
        new("no PATH", "unset PATH; exec", IsNativeOnly: false),
        new("no home, by no name", $"{AsNobody} env -u HOME -u KM_HOME"),
        new("a home that cannot be written", AsNobody),
        new("a run directory of another user", "mkdir -pm 700 $KM_HOME/run && chown 64998 $KM_HOME/run && exec"),
        new(
            "a full file system for home and /tmp",
            "exec bwrap --dev-bind / / --size 65536 --tmpfs /tmp -- "
                + "sh -c 'mkdir -p $HOME; cat /dev/zero >/tmp/fill 2>/dev/null; exec \"$@\"' -"
        ),
        new("SIGCHLD ignored", "exec env --ignore-signal=CHLD", IsNativeOnly: false),
        new("SIGPIPE ignored", "exec env --ignore-signal=PIPE", IsNativeOnly: false),
        new("all signals blocked", "exec env --block-signal"),
        new("no /proc", "exec bwrap --dev-bind / / --tmpfs /proc --"),
        new("no /dev", "exec bwrap --bind / / --tmpfs /dev --"),
        new(
            "no /tmp and a file system for reading only",
            "exec bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --remount-ro /tmp --"
        ),
        new("no memory files (seccomp)", "") { Denied = "memfd" },
        new("no Unix sockets (seccomp)", "") { Denied = "unix" },
        new("no memory files and no Unix sockets (seccomp)", "") { Denied = "memfd,unix" },
        new("no network, by a namespace", "exec bwrap --dev-bind / / --unshare-net --"),
        new("km's directory hidden by a mount", "mkdir -p $KM_HOME; exec bwrap --dev-bind / / --tmpfs $KM_HOME --"),
        new("process 1", "exec bwrap --dev-bind / / --proc /proc --unshare-pid --as-pid-1 --"),
    ];

    /// <summary>The limit counts all processes of a user, also those that an earlier row is still ending: each has a user of its own.</summary>
    private static string Processes(int limit) =>
        $"{AsNobody.Replace("64999", $"{64900 + limit}", StringComparison.Ordinal)} bash -c 'ulimit -u {limit}; exec \"$@\"' -";
}
