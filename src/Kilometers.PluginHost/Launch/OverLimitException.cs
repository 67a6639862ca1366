using Kilometers.Contracts;

namespace Kilometers.PluginHost.Launch;

/// <summary>A plugin broke a limit while it started. Another start may do better: it is a failure, not a refusal.</summary>
/// <param name="error">Which limit.</param>
internal sealed class OverLimitException(KmError error) : Exception($"{error.Code}: {error.Summary}")
{
    public KmError Error { get; } = error;
}
