using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>Places in results that do not count, as the user names them.</summary>
internal static class IgnoredPaths
{
    /// <summary>Whether a place, or one above it, is named; <c>*</c> stands for any characters.</summary>
    public static Func<string, bool> Of(IReadOnlyList<string> patterns) =>
        path =>
            patterns.Any(pattern =>
                MethodGlob.Matches(pattern, path) || MethodGlob.Matches(pattern + ".*", path) || MethodGlob.Matches(pattern + "[*", path)
            );
}
