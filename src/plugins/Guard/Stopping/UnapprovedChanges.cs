using Kilometers.Contracts;
using Kilometers.Plugin.Sdk.Intercepting;
using Kilometers.Plugins.Guard.Reporting;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Stopping;

/// <summary>
/// Stops calls of tools that the server changed since somebody approved its definitions: what the model was told about them nobody has looked
/// at.
/// </summary>
/// <param name="server">The server's record, which also says what was approved meanwhile.</param>
internal sealed class UnapprovedChanges(SessionServer server) : IVerdicts
{
    private const int MaxShown = 5;

    public Verdict Decide(HeldRequest request)
    {
        if (request.Method != "tools/call" || !server.IsPending(request.Name))
            return Verdict.Allow;

        // Only what is about to be stopped is worth a look at the file: `km guard approve` may have changed it.
        var changes = server.ReadPending(request.Name);
        if (changes is [])
            return Verdict.Allow;
        var what = string.Join(", ", changes?.Select(change => change.Field).OfType<string>().Distinct().Take(MaxShown) ?? []);
        return Verdict.ReplaceResult(
            $"the server changed tool '{VisibleText.Of(request.Name)}'{(what.Length > 0 ? $" ({VisibleText.Of(what)})" : "")} and nobody has approved that. "
                + $"Look at it: km guard show {server.Name}   If it is right: km guard approve {server.Name} [{ErrorCode.GuardDefinitionChanged}]"
        );
    }
}
