using System.Globalization;
using Grpc.Core;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.Packager.Conformance;

/// <summary>
/// The hidden mode in which kmpkg is a host that will be killed: it starts a plugin, prints the plugin's process id, and waits for the end
/// of its standard input.
/// </summary>
internal static class HostMode
{
    /// <summary>As the second argument: a guardian watches over the plugin, as in km.</summary>
    public const string Guarded = "guarded";

    /// <summary>As the second argument: nobody does.</summary>
    public const string Unguarded = "unguarded";

    /// <param name="guarding"><see cref="Guarded"/> or <see cref="Unguarded"/>.</param>
    /// <param name="seconds">How long the plugin may take to start and to answer.</param>
    /// <param name="path">The plugin's executable.</param>
    public static async Task<int> RunAsync(string guarding, string seconds, string path)
    {
        var timeout = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
        using var host = new TestHost(timeout, guarding == Guarded, TimeProvider.System);
        try
        {
            var plugin = await RunningPlugin.StartAsync(host, path, PluginSession.Versions, CancellationToken.None).ConfigureAwait(false);
            await using (plugin.ConfigureAwait(false))
            {
                await plugin.PrepareAsync(CancellationToken.None).ConfigureAwait(false);
                Console.Out.WriteLine(plugin.Client.ProcessId.ToString(CultureInfo.InvariantCulture));
                await Console.In.ReadToEndAsync().ConfigureAwait(false);
                return 0;
            }
        }
        catch (Exception e) when (e is GoPluginException or RpcException)
        {
            Console.Out.WriteLine(e.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }
}
