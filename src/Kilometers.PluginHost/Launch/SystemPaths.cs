namespace Kilometers.PluginHost.Launch;

/// <summary>Files of the system that programs need to run at all. All of them can be read by every user; none is the user's own.</summary>
internal static class SystemPaths
{
    /// <summary>Libraries, the loader, and a shared .NET runtime.</summary>
    public static IReadOnlyList<string> Libraries { get; } =
    ["/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/share/dotnet", "/nix/store"];

    /// <summary>For a plugin that is a script: its interpreter.</summary>
    public static IReadOnlyList<string> Programs { get; } = ["/bin", "/usr/bin", "/usr/local/bin"];

    /// <summary>
    /// What runtimes read about their own process; <c>smaps</c> says which pages of its program it can give back. Not all of
    /// <c>/proc/self</c>: <c>net</c> lists every connection of the machine, <c>pagemap</c> tells where memory is, and <c>task</c> has all of
    /// it again.
    /// </summary>
    private static readonly string[] OwnProcess =
    [
        "/proc/self/auxv",
        "/proc/self/cgroup",
        "/proc/self/cmdline",
        "/proc/self/comm",
        "/proc/self/fd",
        "/proc/self/limits",
        "/proc/self/maps",
        "/proc/self/mountinfo",
        "/proc/self/smaps",
        "/proc/self/stat",
        "/proc/self/statm",
        "/proc/self/status",
    ];

    /// <summary>How the loader finds libraries; time zones and languages; randomness; the machine's processors and memory; what a process may know about itself.</summary>
    public static IReadOnlyList<string> Data { get; } =
    [
        "/etc/ld.so.cache",
        "/etc/ld.so.preload",
        "/etc/localtime",
        "/etc/timezone",
        "/etc/dotnet",
        "/etc/ssl/openssl.cnf",
        "/usr/share/zoneinfo",
        "/usr/share/icu",
        "/usr/share/locale",
        "/dev/null",
        "/dev/zero",
        "/dev/random",
        "/dev/urandom",
        "/sys/devices/system/cpu",
        "/sys/devices/system/node",
        "/proc/meminfo",
        .. OwnProcess,
    ];

    /// <summary>Certificate authorities: the system's, and the user's own where the environment names them.</summary>
    public static IEnumerable<string> Authorities() =>
        [
            "/etc/ssl/certs",
            "/etc/pki/tls",
            "/etc/pki/ca-trust",
            "/etc/ca-certificates",
            "/usr/share/ca-certificates",
            "/usr/local/share/ca-certificates",
            .. FromEnvironment("SSL_CERT_FILE", "SSL_CERT_DIR"),
        ];

    /// <summary>Where the runtime of an unpublished .NET plugin is; the variables are passed on to it.</summary>
    public static IEnumerable<string> DotNetRoots() => FromEnvironment("DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64");

    private static IEnumerable<string> FromEnvironment(params IEnumerable<string> names) =>
        names.Select(name => Environment.GetEnvironmentVariable(name) ?? "").Where(Path.IsPathFullyQualified);
}
