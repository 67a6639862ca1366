namespace Kilometers.Link.Connection;

/// <summary>What a relay says of its session.</summary>
public sealed record SessionHello
{
    /// <summary>The version of this protocol.</summary>
    public const long Version = 3;

    /// <summary>The words after <c>monitor</c>, without the server's command: the host reads the options that are not the relay's.</summary>
    public required IReadOnlyList<string> Options { get; init; }

    /// <summary>The server's command and its arguments, decoded; or the address of one that is reached over HTTP.</summary>
    public required IReadOnlyList<string> Server { get; init; }

    /// <summary>Where the relay was started; null where that folder is gone.</summary>
    public required string? Folder { get; init; }

    /// <summary>The relay's process.</summary>
    public required int Process { get; init; }

    /// <summary>When the session started, by the clock that its pieces are timed by (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public required long Started { get; init; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Columns of that terminal; 0 if not known.</summary>
    public int Columns { get; init; }

    /// <summary>Variables that say how to write there (<c>NO_COLOR</c>, <c>TERM</c>, <c>LANG</c> …): name and value in turn.</summary>
    public IReadOnlyList<string> TerminalVariables { get; init; } = [];

    /// <summary>Whether the server waits for <see cref="FrameKind.Start"/>.</summary>
    public bool Waits { get; init; }

    /// <summary>Whether this session was observed by another host before.</summary>
    public bool IsResumed { get; init; }

    /// <summary>How the client and the server talk: <see cref="Stdio"/> or <see cref="Http"/>.</summary>
    public string Transport { get; init; } = Stdio;

    /// <summary>Over standard input and output of a process that the relay starts.</summary>
    public const string Stdio = "stdio";

    /// <summary>Over HTTP: the server is an address, and no process of the relay's.</summary>
    public const string Http = "http";

    /// <summary>Puts it into a frame.</summary>
    public FrameWriter Write() =>
        new FrameWriter()
            .Add(Version)
            .Add(Options)
            .Add(Server)
            .Add(Folder)
            .Add((long)Process)
            .Add(Started)
            .Add(IsTerminal ? 1L : 0)
            .Add((long)Columns)
            .Add(TerminalVariables)
            .Add(Waits ? 1L : 0)
            .Add(IsResumed ? 1L : 0)
            .Add(Transport);

    /// <summary>Reads it from a frame.</summary>
    /// <exception cref="InvalidDataException">That is not what the frame holds.</exception>
    public static SessionHello Read(ReadOnlySpan<byte> content)
    {
        var reader = new FrameReader(content);
        if (reader.Number() is not Version and var other)
            throw new InvalidDataException($"a relay of protocol {other} cannot be served");
        return new SessionHello
        {
            Options = reader.Texts(),
            Server = reader.Texts(),
            Folder = reader.TextOrNull(),
            Process = (int)reader.Number(),
            Started = reader.Number(),
            IsTerminal = reader.Number() != 0,
            Columns = (int)reader.Number(),
            TerminalVariables = reader.Texts(),
            Waits = reader.Number() != 0,
            IsResumed = reader.Number() != 0,
            Transport = reader.Text(),
        };
    }
}
