using Microsoft.Extensions.Logging;

namespace Kilometers.GoPlugin.Server.Logging;

/// <summary>The logger of one category.</summary>
internal sealed class HclogLogger(HclogLoggerProvider provider, string category) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => provider.Write(logLevel, category, formatter(state, exception), exception, state as IReadOnlyList<KeyValuePair<string, object?>>);
}
