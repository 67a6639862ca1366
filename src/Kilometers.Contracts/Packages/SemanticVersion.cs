using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Kilometers.Contracts.Packages;

/// <summary>A version of SemVer 2.0.0 (semver.org), with its order of precedence. Build metadata is kept but never compared.</summary>
public sealed record SemanticVersion : IComparable<SemanticVersion>
{
    private const int MaxText = 128;
    private readonly string _text;
    private readonly string[] _prerelease;

    private SemanticVersion(string text, int major, int minor, int patch, string[] prerelease)
    {
        _text = text;
        (Major, Minor, Patch) = (major, minor, patch);
        _prerelease = prerelease;
    }

    /// <summary>The first number.</summary>
    public int Major { get; }

    /// <summary>The second number.</summary>
    public int Minor { get; }

    /// <summary>The third number.</summary>
    public int Patch { get; }

    /// <summary>Reads a version.</summary>
    /// <param name="text">At most 128 characters; no leading <c>v</c>, no leading zeros, each number below 2³¹.</param>
    /// <param name="version">The version, else null.</param>
    /// <returns>Whether the text is one.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SemanticVersion? version)
    {
        version = null;
        if (text is not { Length: > 0 and <= MaxText })
            return false;
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        if (plus >= 0 && !text[(plus + 1)..].Split('.').All(IsIdentifier))
            return false;
        var rest = plus < 0 ? text : text[..plus];
        var dash = rest.IndexOf('-', StringComparison.Ordinal);
        string[] prerelease = dash < 0 ? [] : rest[(dash + 1)..].Split('.');
        if (!prerelease.All(part => IsIdentifier(part) && (!IsNumeric(part) || HasNoLeadingZero(part))))
            return false;
        var numbers = (dash < 0 ? rest : rest[..dash]).Split('.');
        if (
            numbers.Length != 3
            || !TryNumber(numbers[0], out var major)
            || !TryNumber(numbers[1], out var minor)
            || !TryNumber(numbers[2], out var patch)
        )
            return false;
        version = new SemanticVersion(text, major, minor, patch, prerelease);
        return true;
    }

    /// <summary>Compares by precedence (SemVer 2.0.0, section 11).</summary>
    /// <param name="other">The other version; null comes before all.</param>
    /// <returns>Below, at or above zero.</returns>
    public int CompareTo(SemanticVersion? other)
    {
        if (other is null)
            return 1;
        var numbers = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        if (numbers != 0)
            return numbers;
        if (_prerelease.Length == 0 || other._prerelease.Length == 0)
            return other._prerelease.Length.CompareTo(_prerelease.Length);
        for (var i = 0; i < Math.Min(_prerelease.Length, other._prerelease.Length); i++)
        {
            var part = ComparePart(_prerelease[i], other._prerelease[i]);
            if (part != 0)
                return part;
        }

        return _prerelease.Length.CompareTo(other._prerelease.Length);
    }

    /// <summary>The text that it was read from.</summary>
    /// <returns>The same characters.</returns>
    public override string ToString() => _text;

    /// <summary>Whether both have the same precedence.</summary>
    /// <param name="other">The other version.</param>
    /// <returns>True where <see cref="CompareTo"/> gives zero.</returns>
    public bool Equals(SemanticVersion? other) => other is not null && CompareTo(other) == 0;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Major, Minor, Patch, _prerelease.Length);

    /// <summary>Compares by precedence.</summary>
    /// <param name="left">One version.</param>
    /// <param name="right">Another.</param>
    /// <returns>Whether the left one comes first.</returns>
    public static bool operator <(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) < 0;

    /// <summary>Compares by precedence.</summary>
    /// <param name="left">One version.</param>
    /// <param name="right">Another.</param>
    /// <returns>Whether the right one comes first.</returns>
    public static bool operator >(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) > 0;

    /// <summary>Compares by precedence.</summary>
    /// <param name="left">One version.</param>
    /// <param name="right">Another.</param>
    /// <returns>Whether the right one does not come first.</returns>
    public static bool operator <=(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Compares by precedence.</summary>
    /// <param name="left">One version.</param>
    /// <param name="right">Another.</param>
    /// <returns>Whether the left one does not come first.</returns>
    public static bool operator >=(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) >= 0;

    private static int ComparePart(string left, string right) =>
        (IsNumeric(left), IsNumeric(right)) switch
        {
            (true, true) => left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right),
            (true, false) => -1,
            (false, true) => 1,
            _ => string.CompareOrdinal(left, right),
        };

    private static bool TryNumber(string text, out int number)
    {
        number = 0;
        return IsNumeric(text) && HasNoLeadingZero(text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool HasNoLeadingZero(string text) => text.Length == 1 || text[0] != '0';

    private static bool IsNumeric(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static bool IsIdentifier(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
