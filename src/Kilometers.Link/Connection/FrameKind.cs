namespace Kilometers.Link.Connection;

/// <summary>What a relay and its host tell each other. The numbers are the protocol; a kind that the other does not know is passed over.</summary>
public enum FrameKind : byte
{
    /// <summary>Relay to host, first: a <see cref="SessionHello"/>, with the descriptors of the ring and of the positions.</summary>
    Hello = 1,

    /// <summary>Relay to host: the server runs; its process id and when it started.</summary>
    ServerStarted = 2,

    /// <summary>Relay to host: there is something in the ring.</summary>
    Wake = 3,

    /// <summary>Relay to host: the terminal's new width in columns.</summary>
    Resized = 4,

    /// <summary>Relay to host: the server has ended and everything was forwarded; its exit code, its signal, and how many seconds the relay
    /// waits for the end, 0 where the user has not chosen that.</summary>
    Ended = 5,

    /// <summary>Relay to host, after <see cref="Intercept"/>: requests are held from now on; with the descriptors of the memory that they lie in
    /// and of a connection of their own.</summary>
    HoldMemory = 6,

    /// <summary>Host to relay: text for standard error, whole lines.</summary>
    Text = 16,

    /// <summary>Host to relay: the server may be started.</summary>
    Start = 17,

    /// <summary>Host to relay: the server must not be started; the exit status.</summary>
    Refuse = 18,

    /// <summary>Host to relay: the session must end as if by SIGTERM, with this exit status.</summary>
    Terminate = 19,

    /// <summary>Host to relay, after <see cref="Ended"/>: something is still being delivered, and moves.</summary>
    Busy = 20,

    /// <summary>Host to relay, after <see cref="Ended"/>: all that is to be printed was sent.</summary>
    Done = 21,

    /// <summary>Host to relay, before <see cref="Start"/>: which requests are held until a plugin has decided, as policy says.</summary>
    Intercept = 22,

    /// <summary>Relay to host, on the connection of held requests: one waits; its number, where it lies in the memory, and its length.</summary>
    Held = 32,

    /// <summary>Host to relay, on that connection: what becomes of it; its number, whether it passes, and what is answered in the server's place.</summary>
    Verdict = 33,

    /// <summary>Relay to host, on that connection: what became of it; its number and a <c>HoldOutcome</c>.</summary>
    Outcome = 34,

    /// <summary>Relay to host, on that connection: how many requests passed, and how many were stopped, while no host could be asked.</summary>
    Unasked = 35,
}
