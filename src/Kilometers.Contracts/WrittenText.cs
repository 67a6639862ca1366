namespace Kilometers.Contracts;

/// <summary>
/// Text that a person wrote or pasted: without what editors and shells put around it. Windows editors and PowerShell write a byte order mark
/// before a file; a line end of Windows leaves a carriage return at the end of a variable. Not for what is signed, which is read as it is.
/// </summary>
public static class WrittenText
{
    private const char Mark = '\uFEFF';

    /// <summary>A file's content without a byte order mark before it.</summary>
    /// <param name="content">UTF-8.</param>
    /// <returns>A part of the same memory.</returns>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> content) => content.StartsWith("\uFEFF"u8) ? content[3..] : content;

    /// <inheritdoc cref="WithoutMark(ReadOnlySpan{byte})"/>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> content) =>
        content[(content.Length - WithoutMark(content.Span).Length)..];

    /// <summary>A value without white space, line ends and byte order marks around it.</summary>
    /// <param name="value">What was given.</param>
    /// <returns>The value; empty if there was none.</returns>
    public static string Trim(string? value)
    {
        var rest = value.AsSpan();
        while (rest.Length > 0 && IsAround(rest[0]))
            rest = rest[1..];
        while (rest.Length > 0 && IsAround(rest[^1]))
            rest = rest[..^1];
        return rest.Length == value?.Length ? value : rest.ToString();
    }

    private static bool IsAround(char character) => char.IsWhiteSpace(character) || character == Mark;
}
