using System.Globalization;
using Kilometers.Files;

namespace Kilometers.Audit.Storage;

/// <summary>Who runs this process, as the operating system says.</summary>
internal static class SystemUser
{
    /// <summary>The name and number, such as <c>alice (1000)</c>. Asked once: a directory of users may be far away.</summary>
    public static string Current { get; } = Describe(Environment.UserName, PrivateFile.CurrentUser());

    /// <param name="name">The name; empty where the system has none for the number.</param>
    /// <param name="number">The number; null where users have none.</param>
    internal static string Describe(string name, uint? number)
    {
        var text = number?.ToString(CultureInfo.InvariantCulture) ?? "";
        return name.Length == 0 ? text
            : text.Length == 0 ? RecordText.Clean(name)
            : $"{RecordText.Clean(name)} ({text})";
    }
}
