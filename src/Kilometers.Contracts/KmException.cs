namespace Kilometers.Contracts;

/// <summary>Something cannot go on, and why, in the form in which it will be shown.</summary>
/// <param name="error">What went wrong.</param>
public sealed class KmException(KmError error) : Exception($"{error?.Code}: {error?.Summary}")
{
    /// <summary>What went wrong.</summary>
    public KmError Error { get; } = error;
}
