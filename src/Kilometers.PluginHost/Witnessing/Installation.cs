using System.Security.Cryptography;
using System.Text;

namespace Kilometers.PluginHost.Witnessing;

/// <summary>
/// Which installation of km this is, for the witness. Made of what stays when the whole directory of km is deleted, so that a log that was begun
/// again there is the same installation's: the machine, the user, and the directory's path. Only its hash leaves the machine.
/// </summary>
internal static class Installation
{
    private const string MachineFile = "/etc/machine-id";

    /// <param name="home">The directory of km.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    public static string Id(string home)
    {
        var facts = string.Join(
            '\0',
            "km audit installation 1",
            Machine(),
            Environment.MachineName,
            Environment.UserName,
            Path.GetFullPath(home)
        );
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts)));
    }

    private static string Machine()
    {
        try
        {
            return File.Exists(MachineFile) ? File.ReadAllText(MachineFile).Trim() : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
