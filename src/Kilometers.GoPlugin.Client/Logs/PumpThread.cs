namespace Kilometers.GoPlugin.Client.Logs;

/// <summary>What the threads that read a plugin's two pipes have in common.</summary>
internal static class PumpThread
{
    // Room for the caller's log callback, without the 8 MB that a thread would get otherwise.
    public const int StackSize = 256 * 1024;
    private const int BufferSize = 16 * 1024;

    public static void ReadToEnd(Stream stream, Action<ReadOnlyMemory<byte>> take)
    {
        var buffer = new byte[BufferSize];
        try
        {
            while (stream.Read(buffer, 0, buffer.Length) is var count and > 0)
                take(buffer.AsMemory(0, count));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe was closed on our side, or the system broke it: the same as its end.
        }
    }
}
