namespace Kilometers.Processes;

/// <summary>Why a child could not be started. The zero value is the unspecific one.</summary>
public enum ChildStartFailure
{
    /// <summary>Something else: arguments too long, an unusable file system.</summary>
    Other = 0,

    /// <summary>There is no such program (a shell would say 127).</summary>
    NotFound = 1,

    /// <summary>The program exists but may not or cannot be executed (a shell would say 126).</summary>
    NotExecutable = 2,

    /// <summary>There is no memory for it, or no room for another process or descriptor.</summary>
    NoResources = 3,
}

/// <summary>A child could not be started; nothing is left running.</summary>
public sealed class ChildStartException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="failure">The kind of failure.</param>
    /// <param name="message">The system's own words.</param>
    public ChildStartException(ChildStartFailure failure, string message)
        : base(message) => Failure = failure;

    /// <summary>The kind of failure.</summary>
    public ChildStartFailure Failure { get; }
}
