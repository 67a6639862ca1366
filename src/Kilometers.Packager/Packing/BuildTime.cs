using System.Globalization;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.Packager.Packing;

/// <summary>
/// The time that a package says it was built at: what was asked for, else <c>SOURCE_DATE_EPOCH</c> (reproducible-builds.org), else the
/// commit's, else now. The signed manifest has it; the payload does not depend on it.
/// </summary>
internal static class BuildTime
{
    private const string Variable = "SOURCE_DATE_EPOCH";
    private const int MaxAnswerBytes = 100;
    private static readonly TimeSpan GitLimit = TimeSpan.FromSeconds(5);

    /// <exception cref="KmException"><c>CFG_ARG_001</c>: it is not a time.</exception>
    public static DateTimeOffset Parse(string option, string text) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : throw new KmException(
                new KmError(ErrorCode.InvalidArguments, $"{option}: '{text}' is not a time", Hint: "A time looks like 2030-01-31T12:00:00Z")
            );

    /// <exception cref="KmException"><c>CFG_ARG_001</c>: what was given is not a time.</exception>
    public static DateTimeOffset Resolve(string? asked, string commit, TimeProvider time)
    {
        if (asked is not null)
            return Parse("--time", asked);
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } epoch)
            return FromSeconds(epoch)
                ?? throw new KmException(new KmError(ErrorCode.InvalidArguments, $"{Variable} is '{epoch}', no number of seconds"));
        return (commit.Length > 0 ? OfCommit(commit, time) : null)
            ?? DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
    }

    private static DateTimeOffset? FromSeconds(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <returns>The commit's time; null where git, the repository or the commit is not there.</returns>
    private static DateTimeOffset? OfCommit(string commit, TimeProvider time)
    {
        var command = new ChildCommand { FileName = "git", Arguments = ["show", "--no-patch", "--format=%ct", commit] };
        try
        {
            var result = new Tool(command, GitLimit, MaxAnswerBytes, time).Run(default);
            return result.IsSuccess ? FromSeconds(Encoding.UTF8.GetString(result.Output).Trim()) : null;
        }
        catch (ChildStartException)
        {
            return null;
        }
    }
}
