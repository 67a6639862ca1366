using Kilometers.Link.Connection;

namespace Kilometers.Relay.Server;

/// <summary>
/// Whether a policy may have a say in whether the server is started. The relay does not read policies: it looks whether there is one, and
/// then asks the host. When in doubt it asks.
/// </summary>
internal static class PolicyHint
{
    private const string OfAdministrator = "/etc/km/policy.json";
    private const int MaxSize = 1 << 20;

    public static bool MustAsk()
    {
        if (!OperatingSystem.IsWindows() && Exists(OfAdministrator))
            return true;
        return HostAddress.FindHome() is { } home && MayRequire(Path.Combine(home, "config", "policy.json"));
    }

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

    /// <summary>A user's policy that requires nothing cannot keep a server from starting.</summary>
    private static bool MayRequire(string path)
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
                || bytes.AsSpan().IndexOf("require"u8) >= 0
                || bytes.AsSpan().IndexOf((byte)'\\') >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
