namespace Kilometers.Processes.Isolation;

/// <summary>
/// What a process may do once <see cref="SandboxLauncher"/> has started it: nothing that does not stand here. Data only; paths are
/// absolute, and those that do not exist are passed over, because nothing can be read there.
/// </summary>
public sealed record SandboxProfile
{
    /// <summary>Files and folders whose content it may read and execute: its program and its libraries.</summary>
    public IReadOnlyList<string> Executable { get; init; } = [];

    /// <summary>Files and folders that it may read.</summary>
    public IReadOnlyList<string> Readable { get; init; } = [];

    /// <summary>Folders in which it may read, write, make and remove files and folders; files that it may read and write.</summary>
    public IReadOnlyList<string> Writable { get; init; } = [];

    /// <summary>
    /// Folders in which it may also make sockets. It can listen on those and accept; nobody confined can connect, or use TCP or UDP: no
    /// layer can look at a path that is connected to.
    /// </summary>
    public IReadOnlyList<string> SocketFolders { get; init; } = [];

    /// <summary>
    /// A socket of the host's that gives sockets their names on behalf of the process, in its <see cref="SocketFolders"/> and by path only;
    /// null: it may also give them abstract names, which any user of the machine could connect to.
    /// </summary>
    public string? BindSupervisor { get; init; }

    /// <summary>
    /// Folders of those named here that must still be what they were when they were filled or made: by path. If one was exchanged, nothing
    /// is started. A program in such a folder is started from the folder itself, not by its path, and has it as its current directory.
    /// </summary>
    public IReadOnlyDictionary<string, FileIdentity> Pinned { get; init; } = new Dictionary<string, FileIdentity>();

    /// <summary>Whether it may create processes; these are confined as it is.</summary>
    public bool AllowProcesses { get; init; }

    /// <summary>Whether the layers that keep files, sockets and other processes away are applied: Landlock, seccomp, no capabilities.</summary>
    public bool Confine { get; init; } = true;

    /// <summary>Bytes of private memory that it may have mapped for writing (<c>RLIMIT_DATA</c>); null: as the parent.</summary>
    public long? DataBytes { get; init; }

    /// <summary>Open files (<c>RLIMIT_NOFILE</c>); null: as the parent.</summary>
    public long? OpenFiles { get; init; }

    /// <summary>The largest file that it may write, in bytes (<c>RLIMIT_FSIZE</c>); null: as the parent.</summary>
    public long? FileBytes { get; init; }

    /// <summary>A control group that it is put into, made by <see cref="ControlGroup"/>; null: none.</summary>
    public string? ControlGroup { get; init; }
}
