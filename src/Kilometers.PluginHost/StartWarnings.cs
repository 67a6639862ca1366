using Kilometers.Contracts;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost;

/// <summary>What a session is warned of before its plugins are started.</summary>
internal static class StartWarnings
{
    public static IEnumerable<KmError> Of(PluginHostingOptions options)
    {
        if (IsolationReport.OfThisMachine.Layers.FirstOrDefault(layer => layer is { IsReached: false, Name: "L1" or "L3" }) is { } missing)
        {
            yield return new KmError(
                ErrorCode.IsolationMissing,
                $"Plugins run without isolation layer {missing.Name} on this system",
                missing.Detail,
                "They could read your files and use the network. A policy can refuse them: km policy show"
            );
        }

        foreach (var path in options.DevPlugins.Where(path => PolicyGate.CheckDevelopment(options.Policy, path) is null))
        {
            yield return new KmError(
                ErrorCode.DevelopmentPlugin,
                $"Development plugin {path} is unsigned: nobody vouches for it",
                Hint: "Use --dev-plugin only for plugins that you are writing."
            );
        }
    }
}
