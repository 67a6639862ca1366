using Microsoft.Extensions.Logging;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>Calls a method of the author's that must not bring the process down.</summary>
internal static partial class AuthorsCall
{
    private const int MaxLine = 500;

    /// <returns>Why it failed, one line; null if it did not.</returns>
    public static async Task<string?> TryAsync(
        ILogger logger,
        Func<CancellationToken, ValueTask> call,
        string name,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await call(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            LogCallFailed(logger, exception, name);
            return OneLine(exception);
        }
    }

    public static string OneLine(Exception exception)
    {
        var text = $"{exception.GetType().Name}: {exception.Message}".ReplaceLineEndings(" ");
        return text.Length <= MaxLine ? text : text[..MaxLine];
    }

    [LoggerMessage(2, LogLevel.Error, "{Call} failed")]
    public static partial void LogCallFailed(ILogger logger, Exception exception, string call);
}
