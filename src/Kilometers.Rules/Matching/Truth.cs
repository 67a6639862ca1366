namespace Kilometers.Rules.Matching;

/// <summary>Whether a condition holds. The default is that nobody knows.</summary>
internal enum Truth
{
    Unknown,
    No,
    Yes,
}
