namespace Kilometers.Processes.Isolation;

/// <summary>With which arguments a call is allowed. <see cref="ArgumentChecks"/> turns each rule into code.</summary>
internal enum CallRule
{
    /// <summary>Never: a rule that was not set allows nothing.</summary>
    None,

    /// <summary>With any arguments.</summary>
    AnyArguments,

    /// <summary>Only if the profile allows processes.</summary>
    Process,

    /// <summary>Threads, and processes if the profile allows them; never namespaces.</summary>
    Clone,

    /// <summary>Only to the process itself, or to its own children where Landlock stops signals to others.</summary>
    Signal,

    /// <summary>Only where Landlock stops signals to others: a thread's number does not tell whose it is.</summary>
    ThreadSignal,

    /// <summary>Only about the process itself, named by 0 or its number.</summary>
    Own,

    /// <summary>Only about the process that started it; about another there is no such call.</summary>
    Parent,

    /// <summary>As <see cref="Own"/>, and never about a process group or a user.</summary>
    Priority,

    /// <summary>Unix stream sockets.</summary>
    Socket,

    /// <summary>Pairs of stream sockets.</summary>
    SocketPair,

    /// <summary>Socket options that only change the socket itself.</summary>
    SocketOption,

    /// <summary>A path in the process's own folder, where <see cref="BindSupervisor"/> can look; else any name.</summary>
    Bind,

    /// <summary>Options of <c>prctl</c> that hide nothing from km and concern no other process.</summary>
    ProcessControl,

    /// <summary>Commands of <c>fcntl</c> about the descriptor itself and locks; no leases, no signals, no larger pipes.</summary>
    FileControl,

    /// <summary>Commands of <c>ioctl</c> that every file, pipe or socket may get.</summary>
    DeviceControl,

    /// <summary>No huge pages: they come from a pool of the whole machine and do not count as the process's memory.</summary>
    Map,

    /// <summary>Times of an open file, not of a path.</summary>
    FileTimes,
}
