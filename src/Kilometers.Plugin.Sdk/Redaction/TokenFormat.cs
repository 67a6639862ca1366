using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>One kind of credential that tells by its beginning what it is.</summary>
/// <param name="Prefix">The beginning.</param>
/// <param name="Alphabet">What follows consists of these.</param>
/// <param name="Min">How many follow at least.</param>
/// <param name="Max">How many follow at most.</param>
internal sealed record TokenFormat(string Prefix, SearchValues<char> Alphabet, int Min, int Max);
