namespace Kilometers.Definitions;

/// <summary>A session that had a finding.</summary>
/// <param name="Session">The session.</param>
/// <param name="Call">The position in it of the request of the call that it was found in last; null: it is not about a call.</param>
/// <param name="Time">When it was found there last.</param>
public sealed record FindingSession(string Session, long? Call, DateTimeOffset Time);
