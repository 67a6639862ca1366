using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>Opens the recorder's file, and finds the sessions that people mean.</summary>
internal static class RecordingAccess
{
    /// <summary>The name of the plugin.</summary>
    public const string Plugin = "recorder";

    private const int MaxNamed = 5;

    /// <summary>Where the recorder keeps its file.</summary>
    public static string Folder(PluginPaths paths) => PluginFolder.Of(paths, Plugin);

    /// <summary>Works with the file.</summary>
    /// <exception cref="KmException">There is none, or it cannot be used.</exception>
    public static T Use<TFile, T>(CommandContext context, Func<string, TFile> open, Func<TFile, T> action)
        where TFile : IDisposable => UseAsync(context, open, file => Task.FromResult(action(file))).GetAwaiter().GetResult();

    /// <summary>The same, for as long as the work takes.</summary>
    /// <exception cref="KmException">There is none, or it cannot be used.</exception>
    public static async Task<T> UseAsync<TFile, T>(CommandContext context, Func<string, TFile> open, Func<TFile, Task<T>> action)
        where TFile : IDisposable
    {
        var folder = Folder(context.Paths);
        try
        {
            using var file = open(folder);
            return await action(file).ConfigureAwait(false);
        }
        catch (RecordingException e)
        {
            throw new KmException(Explain(e, folder));
        }
        catch (JsonException e)
        {
            throw new KmException(Explain(new RecordingException(SqliteFault.Damaged, e.Message), folder));
        }
    }

    /// <summary>What went wrong, and what to do.</summary>
    public static KmError Explain(RecordingException exception, string folder)
    {
        var file = Path.Combine(folder, RecordingFile.Name);
        return exception.Fault == SqliteFault.Missing
            ? new KmError(
                ErrorCode.NothingRecorded,
                "Nothing has been recorded yet",
                $"{file} does not exist.",
                "Install the recorder with `km plugins install recorder`, then run a session."
            )
            : PluginFileError.Of(exception, file, ErrorCode.RecordingsUnreadable, "The recorder");
    }

    /// <summary>The one session that is meant: an id or its beginning, a name, <c>last</c>, or <c>-2</c> for the last but one.</summary>
    /// <exception cref="KmException"><c>REC_SES_001</c>: none or several.</exception>
    public static RecordedSession Find(RecordingReader reader, string text) =>
        TryFind(reader, text) ?? throw new KmException(NoSession($"No recorded session matches '{text}'", null));

    /// <summary>The same; null where there is none.</summary>
    /// <exception cref="KmException"><c>REC_SES_001</c>: several.</exception>
    public static RecordedSession? TryFind(RecordingReader reader, string text)
    {
        if (text == "last")
            text = "-1";
        if (text.StartsWith('-') && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var back) && back > 0)
            return reader.Sessions(limit: back).ElementAtOrDefault(back - 1);
        return reader.Find(text) switch
        {
            [] => null,
            [var one] => one,
            var several => throw new KmException(
                NoSession(
                    $"'{text}' matches {several.Count} sessions",
                    string.Join(", ", several.Take(MaxNamed).Select(session => $"{session.ShortId} ({session.Server})"))
                )
            ),
        };
    }

    /// <summary>The ids of the sessions that run now, as far as the system tells.</summary>
    public static HashSet<string> Running(CommandContext context)
    {
        try
        {
            return
            [
                .. ControlClient
                    .Transport(context.Paths.Home)
                    .List()
                    .Where(address => IsAlive(address.Pid))
                    .Select(address => address.Session),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static KmError NoSession(string summary, string? detail) =>
        new(ErrorCode.NoRecordedSession, summary, detail, "List them with: km sessions");
}
