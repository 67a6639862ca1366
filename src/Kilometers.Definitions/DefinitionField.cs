using System.Security.Cryptography;
using System.Text;

namespace Kilometers.Definitions;

/// <summary>One value in a definition, by its path, such as <c>inputSchema.properties.path.description</c>.</summary>
/// <param name="Text">The value as it may be shown and stored: secrets masked, and cut if it is long.</param>
/// <param name="Hash">The hash of the whole value. Whether a value changed is decided by this alone.</param>
public sealed record DefinitionField(string Text, string Hash)
{
    /// <summary>Characters of a value that are kept to be shown.</summary>
    public const int MaxText = 1000;

    /// <summary>A field of a value.</summary>
    /// <param name="value">The whole value, as the server sent it.</param>
    /// <param name="mask">Masks secrets.</param>
    /// <param name="maxText">Characters of it that are kept to be shown.</param>
    public static DefinitionField Of(string value, Func<string, string> mask, int maxText = MaxText)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(mask);
        var shown = mask(value);
        return new(shown.Length > maxText ? string.Concat(shown.AsSpan(0, maxText), "…") : shown, HashOf(value));
    }

    /// <summary>The hash of a value.</summary>
    /// <param name="value">The value.</param>
    public static string HashOf(string value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)));
}
