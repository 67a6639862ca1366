using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Kilometers.GoPlugin.Server.Logging;

/// <summary>Writes log entries to the process's stderr, where a go-plugin host reads them line by line.</summary>
internal sealed class HclogLoggerProvider(Stream error, TimeProvider timeProvider) : ILoggerProvider
{
    /// <summary>Of its warnings there is one, that its timer's round takes long; it is meant to (IdleHeartbeat).</summary>
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _line = new(1024);

    /// <summary>A factory for the process; the server's own libraries only speak up about what goes wrong.</summary>
    public static LoggerFactory CreateFactory(Stream error, TimeProvider timeProvider, LogLevel minimum)
    {
        var filter = new LoggerFilterOptions { MinLevel = minimum };
        var troubles = LogLevel.Warning > minimum ? LogLevel.Warning : minimum;
        foreach (var category in (string[])["Microsoft.AspNetCore", "Microsoft.Extensions.Hosting", "Microsoft.Hosting", "Grpc"])
            filter.Rules.Add(new LoggerFilterRule(null, category, troubles, null));
        filter.Rules.Add(
            new LoggerFilterRule(null, Kestrel, troubles, static (_, category, level) => category != Kestrel || level > LogLevel.Warning)
        );
        return new LoggerFactory([new HclogLoggerProvider(error, timeProvider)], filter);
    }

    public ILogger CreateLogger(string categoryName) => new HclogLogger(this, categoryName);

    public void Write(
        LogLevel level,
        string category,
        string message,
        Exception? exception,
        IReadOnlyList<KeyValuePair<string, object?>>? fields
    )
    {
        lock (_gate)
        {
            _line.ResetWrittenCount();
            HclogLine.Write(_line, level, category, message, exception, fields, timeProvider.GetUtcNow());
            try
            {
                // One write per line: lines of several writers on one pipe stay whole up to PIPE_BUF.
                error.Write(_line.WrittenSpan);
                error.Flush();
            }
            catch (IOException)
            {
                // The host closed its end. There is nobody left to tell.
            }
        }
    }

    public void Dispose() { }
}
