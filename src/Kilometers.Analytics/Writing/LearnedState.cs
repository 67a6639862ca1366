namespace Kilometers.Analytics.Writing;

/// <summary>What the plugin learned about what is usual, in a form that only it understands.</summary>
/// <param name="Server">The server's label; empty: of all servers.</param>
/// <param name="Tool">The tool; empty: of the whole server.</param>
/// <param name="Data">What was learned: figures, and names of tools.</param>
public sealed record LearnedState(string Server, string Tool, byte[] Data);
