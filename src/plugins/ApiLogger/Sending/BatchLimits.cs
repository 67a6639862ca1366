namespace Kilometers.Plugins.ApiLogger.Sending;

/// <summary>When a batch is sent: whichever is reached first.</summary>
/// <param name="Events">The max number of events.</param>
/// <param name="Bytes">The max number of bytes before compression; a larger event goes alone.</param>
/// <param name="Time">So long after its first event was recorded.</param>
internal sealed record BatchLimits(int Events, int Bytes, TimeSpan Time);
