namespace Kilometers.Processes.Isolation;

/// <summary>A layer that was asked for could not be applied: the program must not be started.</summary>
/// <param name="layer">Which one.</param>
/// <param name="reason">The system's own words.</param>
internal sealed class SandboxException(string layer, string reason) : Exception($"{layer}: {reason}");
