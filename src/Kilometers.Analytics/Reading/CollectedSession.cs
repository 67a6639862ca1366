namespace Kilometers.Analytics.Reading;

/// <summary>A session of which there are figures.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Facts">What is known of it.</param>
public sealed record CollectedSession(long Row, SessionFacts Facts)
{
    /// <summary>What people call it, as <c>km sessions</c> does.</summary>
    public string ShortId => Facts.Key.Length > 12 ? Facts.Key[^12..^4] : Facts.Key;
}
