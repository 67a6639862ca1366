using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Uninstall;

/// <summary>One kind of thing that km leaves on a machine, and how it is removed.</summary>
internal interface IUninstallPart
{
    /// <summary>What is there now. Changes nothing.</summary>
    /// <exception cref="KmException">That cannot be found out.</exception>
    IEnumerable<UninstallItem> Find(CommandContext context);
}

/// <summary>One thing to remove.</summary>
/// <param name="Kind">Such as <c>API key</c> or <c>files</c>.</param>
/// <param name="What">Its path or name.</param>
/// <param name="Remove">Removes it; what it throws is shown, the other things of its part are removed all the same, and the parts after it stay.</param>
internal sealed record UninstallItem(string Kind, string What, Action Remove);
