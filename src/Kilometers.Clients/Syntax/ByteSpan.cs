namespace Kilometers.Clients.Syntax;

/// <summary>A part of a file.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="End">The byte after its last.</param>
internal readonly record struct ByteSpan(int Start, int End)
{
    public int Length => End - Start;
}
