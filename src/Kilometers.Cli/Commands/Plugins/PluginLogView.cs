using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Cli.Output;
using Kilometers.PluginHost.Logs;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>Shows what a plugin said.</summary>
/// <param name="screen">Where.</param>
/// <param name="isJson">Whether as JSON.</param>
/// <param name="now">The time: a line of another day shows its date.</param>
internal sealed class PluginLogView(Screen screen, bool isJson, DateTimeOffset now)
{
    private const int ServerWidth = 12;
    private const int SessionWidth = 8;

    /// <summary>Whether anything was shown.</summary>
    public bool HasShown { get; private set; }

    /// <returns>False if nobody reads it any more.</returns>
    public bool TryShow(IEnumerable<PluginLogLine> lines)
    {
        try
        {
            foreach (var line in lines)
            {
                HasShown = true;
                foreach (var row in isJson ? [Json(line)] : Format(line))
                    screen.WriteLine(row);
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string Json(PluginLogLine line)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, PluginLogJsonContext.WriterOptions))
            JsonSerializer.Serialize(json, line, PluginLogJsonContext.Default.PluginLogLine);
        return TerminalText.Json(Encoding.UTF8.GetString(bytes.WrittenSpan), screen.IsAscii);
    }

    private IEnumerable<string> Format(PluginLogLine line)
    {
        var head = $"{Time(line.At)}  {Where(line.Sessions)}  ";
        var rows = Words(line).Split('\n');
        for (var number = 0; number < rows.Length; number++)
            yield return (number == 0 ? head : new string(' ', head.Length)) + TerminalText.Line(rows[number]);
    }

    private static string Words(PluginLogLine line)
    {
        if (line.Lost is { } lost)
            return lost == 1 ? "(1 line was not kept here)" : $"({lost.ToString(CultureInfo.InvariantCulture)} lines were not kept here)";
        var words = line.Level is { } level ? $"{level.ToUpperInvariant()} {line.Text}" : line.Text;

        // .NET's loggers name again what the message has already; Go's say most of it in fields.
        foreach (var (name, value) in line.Fields ?? new Dictionary<string, string>())
            if (!line.Text.Contains(value, StringComparison.Ordinal))
                words += value.Contains('\n') || name == "exception" ? $"\n{value}" : $"  {name}={value}";
        return words;
    }

    private static string Where(IReadOnlyList<PluginLogSession> sessions)
    {
        var (server, session) = sessions switch
        {
            [] => ("", ""),
            [var one] => (one.Server, RecordedSession.ShortIdOf(one.Id)),
            _ => ("(sessions)", sessions.Count.ToString(CultureInfo.InvariantCulture)),
        };
        return $"{TerminalText.Line(server).PadRight(ServerWidth)}  {TerminalText.Line(session).PadRight(SessionWidth)}";
    }

    private string Time(DateTimeOffset time)
    {
        var local = time.ToLocalTime();
        return local.ToString(
            local.Date == now.ToLocalTime().Date ? "HH:mm:ss.fff" : "yyyy-MM-dd HH:mm:ss.fff",
            CultureInfo.InvariantCulture
        );
    }
}
