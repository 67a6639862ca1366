using System.Security.Cryptography;

namespace Kilometers.Api.Storage;

/// <summary>Names of rows, and their times.</summary>
internal static class Ids
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>A name that nobody guesses: 103 random bits behind its kind.</summary>
    public static string New(string kind) => $"{kind}_{RandomNumberGenerator.GetString(Alphabet, 20)}";

    public static DateTimeOffset? Time(long? milliseconds) =>
        milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}
