using Kilometers.Analytics;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>Kinds of errors in words (docs/plugins/analytics.md, "Kinds of errors").</summary>
internal static class ErrorNames
{
    public static string Of(ErrorKind kind) =>
        kind switch
        {
            ErrorKind.Protocol => "protocol",
            ErrorKind.Schema => "schema",
            ErrorKind.Tool => "tool",
            ErrorKind.Timeout => "time-out",
            ErrorKind.Auth => "auth",
            ErrorKind.Quota => "quota",
            _ => "transport",
        };

    public static string Meaning(ErrorKind kind) =>
        kind switch
        {
            ErrorKind.Protocol => "the server does not know the method, tool or resource",
            ErrorKind.Schema => "arguments are not what they must be",
            ErrorKind.Tool => "the tool failed in its own work",
            ErrorKind.Timeout => "there was no answer in time",
            ErrorKind.Auth => "not signed in, or not allowed",
            ErrorKind.Quota => "a limit on rate or amount is reached",
            _ => "a connection is broken, or the server ended",
        };
}
