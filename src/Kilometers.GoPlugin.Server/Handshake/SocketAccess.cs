using System.Globalization;
using System.Runtime.InteropServices;

namespace Kilometers.GoPlugin.Server.Handshake;

/// <summary>Who may connect to a plugin's socket: its user and, where the host names one (PLUGIN_UNIX_SOCKET_GROUP), a group.</summary>
internal static partial class SocketAccess
{
    private const UnixFileMode User = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="GoPluginStartException">The group does not exist or may not be given the socket.</exception>
    public static void Apply(PluginEndpoint endpoint, string? group)
    {
        if (OperatingSystem.IsWindows() || endpoint.Network != "unix")
            return;
        if (group is null)
        {
            // A host that confines its plugins forbids changing modes, and sets a mask that makes them right from the start.
            const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            if ((File.GetUnixFileMode(endpoint.Address) & Others) != 0)
                File.SetUnixFileMode(endpoint.Address, User);
            return;
        }
        if (Chown(endpoint.Address, -1, GroupId(group)) != 0)
            throw new GoPluginStartException($"the socket cannot be given to group '{group}': {Marshal.GetLastPInvokeErrorMessage()}");
        File.SetUnixFileMode(endpoint.Address, User | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
    }

    private static int GroupId(string group)
    {
        if (int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return id;
        foreach (var line in File.ReadLines("/etc/group"))
        {
            var fields = line.Split(':');
            if (
                fields.Length >= 3
                && fields[0] == group
                && int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out id)
            )
                return id;
        }
        throw new GoPluginStartException($"PLUGIN_UNIX_SOCKET_GROUP names '{group}', which /etc/group does not have");
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, int owner, int group);
}
