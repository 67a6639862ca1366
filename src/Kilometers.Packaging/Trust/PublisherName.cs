using System.Text;

namespace Kilometers.Packaging.Trust;

/// <summary>
/// The names that publishers give to themselves. Nothing proves them; only the root that is built into km is Kilometers' own, so keys that
/// others make do not get that name or one that looks like it, and where one has it all the same, it is shown as what it is.
/// </summary>
public static class PublisherName
{
    /// <summary>The name of km's publisher.</summary>
    public const string Kilometers = "Kilometers";

    /// <summary>The most characters of a name.</summary>
    public const int MaxLength = 40;

    private const string UnnamedSuffix = " (unnamed)";

    /// <summary>What is taken for the letters of the name: digits and signs, and letters of other scripts.</summary>
    private static readonly Dictionary<char, string> LookAlikes = CreateLookAlikes();

    /// <summary>The name in singular and plural, and in British spelling, as <see cref="Skeleton"/> has them.</summary>
    private static readonly string[] Reserved = [Skeleton("kilometer"), Skeleton("kilometre")];

    /// <summary>Whether people could take a name for Kilometers': in any case, with spaces or signs, look-alike letters, or words around it.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True for all of these.</returns>
    public static bool LooksLikeKilometers(string name) => Reserved.Any(Skeleton(name).Contains);

    /// <summary>Whether a name can be in a certificate that we make.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True for 1 to 40 printable ASCII characters that do not begin or end with a space.</returns>
    public static bool IsValid(string? name) =>
        name is { Length: >= 1 and <= MaxLength } && name.All(c => c is >= ' ' and <= '~') && name.Trim().Length == name.Length;

    /// <summary>A name for keys whose owner gave none: user and machine, and that it is not a name.</summary>
    /// <param name="user">The user's name.</param>
    /// <param name="machine">The machine's name.</param>
    /// <returns>A valid name.</returns>
    public static string Unnamed(string user, string machine)
    {
        var where = $"{Clean(user)}@{Clean(machine)}";
        if (where.Length + UnnamedSuffix.Length > MaxLength)
            where = where[..(MaxLength - UnnamedSuffix.Length)];
        return (LooksLikeKilometers(where) ? "somebody" : where) + UnnamedSuffix;
    }

    /// <summary>The same for this user on this machine.</summary>
    /// <returns>A valid name.</returns>
    public static string Unnamed() => Unnamed(Environment.UserName, Environment.MachineName);

    private static string Clean(string text) =>
        string.Concat(text.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')) is { Length: > 0 } clean ? clean : "unknown";

    /// <summary>What a name looks like at a glance: letters only, those that look alike the same.</summary>
    private static string Skeleton(string name)
    {
        var skeleton = new StringBuilder();
        foreach (var c in name)
        {
            // Full-width forms of ASCII are in the order of ASCII.
            var plain = char.ToLowerInvariant(c is >= '\uff01' and <= '\uff5e' ? (char)(c - 0xfee0) : c);
            if (LookAlikes.TryGetValue(plain, out var letter))
                skeleton.Append(letter);
            else if (char.IsLetter(plain))
                skeleton.Append(plain);
        }

        return skeleton.Replace("i", "l").Replace("rn", "m").ToString();
    }

    private static Dictionary<char, string> CreateLookAlikes()
    {
        var all = new Dictionary<char, string>();
        foreach (
            var (letter, alike) in new[]
            {
                ("k", "κкқҝҟķĸƙ"),
                ("l", "1|!íìîïīįıіїιӏłļľĺ"),
                ("o", "0ооοσöóòôõøōőө"),
                ("m", "мμṁ"),
                ("e", "3еєεéèêëēėęěё"),
                ("t", "7+тτťţŧ"),
                ("r", "гŕřŗ"),
                ("s", "5$ѕśšşș"),
            }
        )
        {
            foreach (var c in alike)
                all[c] = letter;
        }

        return all;
    }
}
