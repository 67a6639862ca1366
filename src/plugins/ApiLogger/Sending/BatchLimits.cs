namespace Kilometers.Plugins.ApiLogger.Sending;

/// <summary>When a batch is sent: whichever is reached first.</summary>
/// <param name="Events">So many events.</param>
/// <param name="Bytes">So many bytes before compression; a larger event goes alone.</param>
/// <param name="Time">So long after its first event was recorded.</param>
internal sealed record BatchLimits(int Events, int Bytes, TimeSpan Time);
