using Kilometers.Link.Connection;

namespace Kilometers.Link.Hosting;

/// <summary>
/// What a policy may want of the relay. The relay does not read policies: it looks whether there is one, and which words are in it. In doubt
/// it assumes that it is so.
/// </summary>
public static class PolicyHint
{
    private const string OfAdministrator = "/etc/km/policy.json";
    private const int MaxSize = 1 << 20;

    /// <summary>Whether the host must be asked before the server is started. A user's policy that requires nothing cannot forbid that.</summary>
    public static bool MustAsk() =>
        (!OperatingSystem.IsWindows() && Exists(OfAdministrator)) || (OfUser() is { } path && Mentions(path, "require"u8));

    /// <summary>Whether plugins may have to get every message, however slow they are.</summary>
    public static bool MayGuaranteeDelivery() =>
        (!OperatingSystem.IsWindows() && Mentions(OfAdministrator, "delivery"u8)) || (OfUser() is { } path && Mentions(path, "delivery"u8));

    private static string? OfUser() => HostAddress.FindHome() is { } home ? Path.Combine(home, "config", "policy.json") : null;

    /// <summary>Whether the file is there, or it cannot be told that it is not.</summary>
    private static bool Exists(string path)
    {
        try
        {
            File.GetAttributes(path);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Whether a file has a word, or may have it in another spelling.</summary>
    private static bool Mentions(string path, ReadOnlySpan<byte> word)
    {
        if (!Exists(path))
            return false;
        try
        {
            using var file = File.OpenHandle(path);
            var bytes = new byte[Math.Min(MaxSize, RandomAccess.GetLength(file))];
            var length = RandomAccess.Read(file, bytes, 0);
            return length < bytes.Length
                || length == MaxSize
                || bytes.AsSpan().IndexOf(word) >= 0
                || bytes.AsSpan().IndexOf((byte)'\\') >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
