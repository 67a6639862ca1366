using System.Collections;
using System.Globalization;
using System.Text;
using Kilometers.Files;

namespace Kilometers.Link.Connection;

/// <summary>
/// Where a user's host listens. One host serves all sessions of a user that have the same directory of km, the same version and the same
/// settings in the environment; a session with other settings has another host, so that no setting of one session reaches another.
/// </summary>
/// <param name="Folder">The directory of its socket, for the user alone.</param>
/// <param name="Key">Tells hosts of different settings apart: 16 hexadecimal digits.</param>
public sealed record HostAddress(string Folder, string Key)
{
    /// <summary>Set to <c>private</c>, it gives a session a host of its own.</summary>
    public const string Variable = "KM_HOST";

    /// <summary>The names of all hosts' sockets.</summary>
    public const string SocketPattern = "host-*.sock";

    private const string HomeVariable = "KM_HOME";

    // "/host-" and 16 digits and ".sock".
    private const int NameLength = 27;
    private const int MaxPath = 103;

    private static readonly string[] Settings = ["HOME", "TMPDIR", "XDG_RUNTIME_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

    /// <summary>Its socket.</summary>
    public string Socket => Path.Combine(Folder, $"host-{Key}.sock");

    /// <summary>The directory of km, by the environment or the user's home.</summary>
    /// <returns>An absolute path; null where there is none.</returns>
    public static string? FindHome()
    {
        var named = Environment.GetEnvironmentVariable(HomeVariable);
        if (!string.IsNullOrEmpty(named))
            return Path.IsPathFullyQualified(named) ? Path.GetFullPath(named) : null;
        return UserHome.Find() is { } home ? Path.Combine(home, ".km") : null;
    }

    /// <summary>Where the host of this process's settings listens.</summary>
    /// <param name="home">The directory of km.</param>
    /// <param name="version">The version of km.</param>
    public static HostAddress Of(string home, string version)
    {
        var text = new StringBuilder().Append(home).Append('\n').Append(version).Append('\n');
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name.StartsWith("KM_", StringComparison.Ordinal) || Settings.Contains(name, StringComparer.OrdinalIgnoreCase))
                settings[name] = (string?)variable.Value ?? "";
        }

        foreach (var (name, value) in settings)
            text.Append(name).Append('=').Append(value).Append('\n');
        return new HostAddress(ChooseFolder(home), Hash(text.ToString()).ToString("x16", CultureInfo.InvariantCulture));
    }

    /// <summary><c>run</c> below the directory of km; where that path is too long for a socket, one that every km with that directory finds.</summary>
    private static string ChooseFolder(string home)
    {
        var folder = Path.Combine(home, "run");
        if (Encoding.UTF8.GetByteCount(folder) + NameLength <= MaxPath)
            return folder;
        return string.Create(CultureInfo.InvariantCulture, $"/tmp/km-{PrivateFile.CurrentUser() ?? 0}-{Hash(home):x16}");
    }

    /// <summary>FNV-1a: it tells settings apart, and protects nothing.</summary>
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var value in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ value) * 1099511628211UL;
        return hash;
    }
}
