namespace Kilometers.Relay.Server;

/// <summary>Our own arguments as the bytes that we were given: a file name that is not UTF-8 must reach the server as it is.</summary>
internal static class RawArguments
{
    /// <param name="count">How many.</param>
    /// <returns>The last <paramref name="count"/> arguments; null where they cannot be had (then the decoded ones are good enough).</returns>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? Last(int count)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        try
        {
            var bytes = File.ReadAllBytes("/proc/self/cmdline").AsMemory();
            var all = new List<ReadOnlyMemory<byte>>();
            while (bytes.Span.IndexOf((byte)0) is var end and >= 0)
            {
                all.Add(bytes[..end]);
                bytes = bytes[(end + 1)..];
            }

            return all.Count > count ? all[^count..] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
