using Kilometers.Processes;

namespace Kilometers.GoPlugin.Client;

/// <summary>
/// A plugin could not be started. Nothing of it is left running. The message says what was read, why that is a failure, what to do.
/// </summary>
public sealed class GoPluginException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="failure">The kind of failure.</param>
    /// <param name="message">What was read, why that is a failure, what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public GoPluginException(GoPluginFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>The kind of failure.</summary>
    public GoPluginFailure Failure { get; }

    /// <summary>
    /// The first line of the plugin's standard output, without control characters and cut to 200 characters; null if none came.
    /// </summary>
    public string? FirstLine { get; init; }

    /// <summary>The last lines, at most 20, of the plugin's standard error, without control characters.</summary>
    public IReadOnlyList<string> LastErrorLines { get; init; } = [];

    /// <summary>How the process ended, if it did so by itself; null if it still ran and was killed, or never ran.</summary>
    public ExitStatus? Exit { get; init; }
}
