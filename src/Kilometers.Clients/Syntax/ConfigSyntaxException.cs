namespace Kilometers.Clients.Syntax;

/// <summary>A file that is not understood, so it is left alone.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="offset">The byte where it was noticed.</param>
internal sealed class ConfigSyntaxException(string message, int offset) : Exception(message)
{
    public int Offset { get; } = offset;
}
