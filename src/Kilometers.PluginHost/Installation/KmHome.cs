using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.PluginHost.Installation;

/// <summary>
/// The user's directory of km, and whether km may use it. What it holds decides whom km trusts and where the API key goes, so it is never
/// relative to where km was started, and never one that somebody else could change.
/// </summary>
/// <param name="Path">Absolute; where there is no such directory, a place where nothing is and nothing can be made.</param>
/// <param name="Problem">Why nothing may be read from it or written to it; null if it may be used.</param>
internal sealed record KmHome(string Path, KmError? Problem)
{
    /// <summary>The environment variable that names the directory; an absolute path.</summary>
    public const string Variable = "KM_HOME";

    /// <summary>Below a device nothing can be made, not even by root.</summary>
    private const string Nowhere = "/dev/null/.km";

    /// <summary>The directory: <c>KM_HOME</c>, else <c>.km</c> in the user's home.</summary>
    public static KmHome Find() => Find(Environment.GetEnvironmentVariable(Variable), UserHome.Find);

    /// <param name="named">What <c>KM_HOME</c> says.</param>
    /// <param name="userHome">Finds the user's home.</param>
    internal static KmHome Find(string? named, Func<string?> userHome)
    {
        if (string.IsNullOrEmpty(named))
        {
            return userHome() is { } home
                ? Check(System.IO.Path.Combine(home, ".km"))
                : Missing(
                    "HOME names no directory that you can use, and neither does the system's list of users.",
                    $"Set HOME, or {Variable} to an absolute path."
                );
        }

        // A relative one would be another directory in each project, and a project's own .km would be trusted there.
        return System.IO.Path.IsPathFullyQualified(named)
            ? Check(System.IO.Path.GetFullPath(named))
            : Missing($"{Variable} is '{named}', which is not an absolute path.", $"Set {Variable} to an absolute path, or unset it.");
    }

    private static KmHome Missing(string why, string hint) =>
        new(
            OperatingSystem.IsWindows() ? @"\\?\NUL\.km" : Nowhere,
            new KmError(ErrorCode.HomeMissing, "km has no directory for its files", why, hint)
        );

    private static KmHome Check(string path) =>
        new(
            path,
            TrustedPath.WhyUntrusted(path) is not { } why
                ? null
                : new KmError(
                    ErrorCode.HomeUntrusted,
                    $"km does not use {path} for its files",
                    why,
                    $"Make it your own and writable by nobody else (chown, chmod go-w), or set {Variable} to such a directory."
                )
        );
}
