#pragma warning disable RS0030 // The one place of this library that owns the process's streams: the handshake goes to the real stdout, logs to the real stderr.
namespace Kilometers.GoPlugin.Server.Stdio;

/// <summary>The real standard streams of the process, and their replacement for everyone else in it.</summary>
internal static class ProcessStreams
{
    public static Stream OpenOutput() => Console.OpenStandardOutput();

    public static Stream OpenError() => Console.OpenStandardError();

    /// <summary>From here on <c>Console.Out</c>, and <c>Console.Error</c> where asked, write into the buffer: the real stdout belongs to the protocol.</summary>
    public static void Capture(StdioBuffer buffer, bool error)
    {
        Console.SetOut(new StdioWriter(buffer, StdioChannel.Output));
        if (error)
            Console.SetError(new StdioWriter(buffer, StdioChannel.Error));
    }
}
