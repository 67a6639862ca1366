using System.Collections.Frozen;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Names of members, parameters and headers whose values are secrets. Case and everything but letters and digits do not count.</summary>
internal sealed class SecretNames(IEnumerable<string> additional)
{
    public const int Longest = 64;

    /// <summary>How such names end.</summary>
    private static readonly string[] Endings =
    [
        "password", "passwd", "passphrase", "passcode", "pwd", "secret", "secretkey", "token", "apikey", "accesskey", "accesskeyid", "accountkey",
        "privatekey", "signingkey", "encryptionkey", "masterkey", "authkey", "sessionkey", "authorization", "credential", "credentials", "cookie",
        "connectionstring", "secrets", "passwords", "apikeys", "dbpass", "userpass", "smtppass", "sharedaccesssignature", "webhookurl", "cardnumber",
    ];

    /// <summary>Names that would say too much as an ending.</summary>
    private static readonly FrozenSet<string> Whole = FrozenSet.Create(
        StringComparer.Ordinal, "sig", "xamzsignature", "xgoogsignature", "jwt", "codeverifier", "clientassertion", "cvv", "cvc", "ssn");

    /// <summary>Names that end so and are no secret: the protocol's own, and pages of a list.</summary>
    private static readonly FrozenSet<string> Harmless = FrozenSet.Create(
        StringComparer.Ordinal, "progresstoken", "cancellationtoken", "nexttoken", "pagetoken", "nextpagetoken");

    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _additional =
        additional.Select(Plain).Where(static name => name.Length > 0).ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <param name="name">The name; of a longer one than <see cref="Longest"/> its end is looked at.</param>
    public bool Contains(ReadOnlySpan<char> name)
    {
        Span<char> buffer = stackalloc char[Longest];
        ReadOnlySpan<char> plain = buffer[..Write(name, buffer)];
        if (_additional.Contains(plain)) return true;
        if (Harmless.GetAlternateLookup<ReadOnlySpan<char>>().Contains(plain)) return false;
        foreach (var ending in Endings)
        {
            if (plain.EndsWith(ending, StringComparison.Ordinal)) return true;
        }
        return Whole.GetAlternateLookup<ReadOnlySpan<char>>().Contains(plain);
    }

    private static string Plain(string name)
    {
        Span<char> buffer = stackalloc char[Longest];
        return new(buffer[..Write(name, buffer)]);
    }

    private static int Write(ReadOnlySpan<char> name, Span<char> plain)
    {
        if (name.Length > Longest) name = name[^Longest..];
        var length = 0;
        foreach (var value in name)
        {
            if (char.IsLetterOrDigit(value)) plain[length++] = char.ToLowerInvariant(value);
        }
        return length;
    }
}
