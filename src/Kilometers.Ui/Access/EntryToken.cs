using System.Security.Cryptography;
using System.Text;

namespace Kilometers.Ui.Access;

/// <summary>
/// The secrets that let one browser in: a token in the first address, which works once, and the cookie that it is exchanged for. A program that can
/// connect to the port, another user of the machine included, has neither.
/// </summary>
internal sealed class EntryToken
{
    private readonly byte[] _cookie = Random();
    private byte[]? _token = Random();

    /// <summary>The token, for the first address.</summary>
    public string Token { get; }

    /// <summary>The cookie's value.</summary>
    public string Cookie => Encoding.ASCII.GetString(_cookie);

    public EntryToken() => Token = Encoding.ASCII.GetString(_token);

    /// <summary>Exchanges the token; the second time it is worth nothing.</summary>
    public bool TryUse(string token)
    {
        var own = Volatile.Read(ref _token);
        return own is not null
            && CryptographicOperations.FixedTimeEquals(own, Encoding.UTF8.GetBytes(token))
            && Interlocked.CompareExchange(ref _token, null, own) == own;
    }

    /// <summary>Whether a request's cookie is the one that was given out.</summary>
    public bool IsCookie(string? value) =>
        value is not null && CryptographicOperations.FixedTimeEquals(_cookie, Encoding.UTF8.GetBytes(value));

    private static byte[] Random() => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
}
