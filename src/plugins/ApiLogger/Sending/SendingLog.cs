using System.Numerics;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.ApiLogger.Sending;

/// <summary>Says how sending goes: once per change, not per attempt.</summary>
internal sealed partial class SendingLog(ILogger logger)
{
    private SendStatus? _trouble;
    private int _damaged;

    public void LeftOver(long events, int sessions) => LogLeftOver(logger, events, sessions);

    public void Failed(SendStatus status, string reason)
    {
        if (_trouble == status)
            return;
        _trouble = status;
        LogFailed(logger, reason);
    }

    public void Sent(int events, int damaged)
    {
        if (_trouble is not null)
            LogRecovered(logger, events);
        _trouble = null;
        if (damaged > _damaged)
            LogDamaged(logger, damaged);
        _damaged = damaged;
    }

    public void Rejected(long total, string code)
    {
        if (BitOperations.IsPow2(total))
            LogRejected(logger, total, code);
    }

    [LoggerMessage(1, LogLevel.Information, "{Events} events are left over from before (earlier sessions: {Sessions}) and are sent now")]
    private static partial void LogLeftOver(ILogger logger, long events, int sessions);

    [LoggerMessage(2, LogLevel.Warning, "Events cannot be sent ({Reason}); they are kept on disk and sent later")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Information, "Events are sent again, {Events} with the first batch")]
    private static partial void LogRecovered(ILogger logger, int events);

    [LoggerMessage(4, LogLevel.Warning, "The spool is damaged in {Places} places; the events there are lost")]
    private static partial void LogDamaged(ILogger logger, int places);

    [LoggerMessage(
        5,
        LogLevel.Warning,
        "The API will not take some events, {Total} so far (the newest: {Code}); rejected.jsonl in the spool directory lists them"
    )]
    private static partial void LogRejected(ILogger logger, long total, string code);
}
