namespace Kilometers.GuardBench.Corpus;

/// <summary>What a search is shown. It has no label: that is in a <see cref="CaseLabel"/>, in another file.</summary>
/// <remarks>
/// The place says what the parts are. definition: a tool; change: a tool before and after; names: the names of two tools;
/// result, request: a text in such a message.
/// </remarks>
internal sealed record GeneratedCase(string Id, string Place, string[] Parts);

internal sealed record CaseLabel(string Id, string Class, string Family, bool Attack);
