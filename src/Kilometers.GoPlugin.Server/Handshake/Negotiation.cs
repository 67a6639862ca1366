namespace Kilometers.GoPlugin.Server.Handshake;

/// <summary>Agrees on the application protocol version, as go-plugin's <c>protocolVersion</c> does.</summary>
internal static class Negotiation
{
    /// <summary>
    /// The newest of the plugin's own versions that the host lists. When none is listed, or the host sent no list (it is older than
    /// negotiation), the lowest of its own: the host reads it in the handshake and reports the mismatch.
    /// </summary>
    public static int Choose(IEnumerable<int> own, IReadOnlyCollection<int> hosts)
    {
        var lowest = int.MaxValue;
        foreach (var version in own.OrderDescending())
        {
            if (hosts.Contains(version))
                return version;
            lowest = version;
        }
        return lowest;
    }
}
