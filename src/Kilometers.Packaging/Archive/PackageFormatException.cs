using Kilometers.Contracts;

namespace Kilometers.Packaging.Archive;

/// <summary>Bytes are not what the format asks for. The message says what; the code names the gate.</summary>
/// <param name="code">A code of <see cref="ErrorCode"/>.</param>
/// <param name="message">One sentence for people, without the content of the file.</param>
public sealed class PackageFormatException(string code, string message) : Exception(message)
{
    /// <summary>A code of <see cref="ErrorCode"/>.</summary>
    public string Code { get; } = code;
}
