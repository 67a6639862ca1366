using System.Text;
using Kilometers.Processes.Unix;

namespace Kilometers.Link.Hosting;

/// <summary>The few errors that a relay itself reports, one line each. The host reports everything else.</summary>
public static class RelayErrors
{
    public const string HostMissing = "MON_HST_001";
    public const string Unobserved = "MON_HST_002";
    public const string NoRoom = "MON_RES_001";
    public const string OutputFailed = "MON_OUT_001";
    public const string Refused = "MON_HST_003";
    public const string NotHeld = "PLG_ICP_005";

    /// <param name="text">The line, without its code.</param>
    /// <param name="code">A stable error code.</param>
    public static void Write(string text, string code)
    {
        if (StandardStreams.WasClosed(2))
            return;
        try
        {
            FileDescriptorStream.Standard(2).Write(Encoding.UTF8.GetBytes($"km: {text} [{code}]\n"));
        }
        catch (IOException)
        {
            // Nobody reads it.
        }
    }
}
