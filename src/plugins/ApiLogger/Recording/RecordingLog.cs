using System.Numerics;
using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.ApiLogger.Recording;

/// <summary>Counts what was not recorded, and says so: at each change of the entitlement, at each doubling of what was lost. Safe to use from several threads.</summary>
internal sealed partial class RecordingLog(ILogger logger)
{
    private readonly Lock _gate = new();
    private volatile bool _forbidden;

    /// <summary>Messages that the entitlement did not cover.</summary>
    public long NotRecorded { get; private set; }

    /// <summary>Messages that did not fit.</summary>
    public long Lost { get; private set; }

    public void Forbidden()
    {
        lock (_gate)
        {
            NotRecorded++;
            if (!_forbidden)
                LogForbidden(logger);
            _forbidden = true;
        }
    }

    public void Allowed()
    {
        if (!_forbidden)
            return;
        lock (_gate)
        {
            if (_forbidden)
                LogAllowed(logger, NotRecorded);
            _forbidden = false;
        }
    }

    public void Full(string reason)
    {
        lock (_gate)
        {
            if (BitOperations.IsPow2(++Lost))
                LogFull(logger, Lost, reason);
        }
    }

    public void NotFlushed(string reason) => LogNotFlushed(logger, reason);

    [LoggerMessage(
        11,
        LogLevel.Warning,
        "The subscription does not cover api_logging: messages are not recorded, and what is kept is sent when it does"
    )]
    private static partial void LogForbidden(ILogger logger);

    [LoggerMessage(12, LogLevel.Information, "The subscription covers api_logging again; {NotRecorded} messages were not recorded")]
    private static partial void LogAllowed(ILogger logger, long notRecorded);

    [LoggerMessage(13, LogLevel.Error, "Messages are lost, {Lost} so far: {Reason}")]
    private static partial void LogFull(ILogger logger, long lost, string reason);

    [LoggerMessage(14, LogLevel.Warning, "The spool could not be flushed to the disk ({Reason}); a loss of power would lose messages")]
    private static partial void LogNotFlushed(ILogger logger, string reason);
}
