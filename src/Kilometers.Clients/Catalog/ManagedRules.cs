using System.IO.Enumeration;
using Kilometers.Clients.Syntax;
using Kilometers.Files;

namespace Kilometers.Clients.Catalog;

/// <summary>
/// What an administrator allows Claude Code to start. A rule may name a server's command. With km in front, that is another command: one
/// that is not allowed, or one that slips past a rule against the old one. km does neither.
/// </summary>
internal sealed class ManagedRules
{
    private const int MaxSize = 4 << 20;
    private readonly string? _everything;
    private readonly ConfigNode? _allowed;
    private readonly ConfigNode? _denied;

    private ManagedRules(string? everything, ConfigNode? settings)
    {
        _everything = everything;
        _allowed = settings?.Find("allowedMcpServers");
        _denied = settings?.Find("deniedMcpServers");
    }

    /// <summary>Reads them. Rules that cannot be read allow nothing.</summary>
    public static ManagedRules Read(ClientMachine machine)
    {
        if (machine.Resolve("{managed}/managed-mcp.json") is { } servers && Path.Exists(servers))
            return new ManagedRules($"an administrator fixes the servers ({servers})", null);
        if (machine.Resolve("{managed}/managed-settings.json") is not { } file || !Path.Exists(file))
            return new ManagedRules(null, null);
        try
        {
            return new ManagedRules(null, ConfigDocument.Parse(ConfigFormat.Json, SharedFile.Read(file, MaxSize).Content).Root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ConfigSyntaxException)
        {
            return new ManagedRules($"an administrator's rules cannot be read ({file})", null);
        }
    }

    /// <summary>Why a server must stay as it is.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="command">Its command and arguments.</param>
    /// <param name="address">Where it is reached over HTTP; null: it is started.</param>
    /// <param name="wrapped">What km makes of it: a command in each case.</param>
    /// <returns>One clause; null: it may be changed.</returns>
    public string? WhyNot(string name, IReadOnlyList<string> command, string? address, IReadOnlyList<string> wrapped)
    {
        if (_everything is not null)
            return _everything;
        if (Matches(_denied, name, command) || (address is not null && MatchesAddress(_denied, address)))
            return "an administrator denies this server";
        if (_allowed is null)
            return null;
        if (_allowed.Items.Any(item => item.Find("serverCommand") is not null))
            return MatchesCommand(_allowed, wrapped) ? null : "an administrator allows only certain commands, and km's is not among them";
        return Matches(_allowed, name, wrapped) ? null : "an administrator allows only certain servers";
    }

    private static bool Matches(ConfigNode? rules, string name, IReadOnlyList<string> command) =>
        rules is not null && (rules.Items.Any(item => item.Find("serverName")?.Text == name) || MatchesCommand(rules, command));

    /// <summary>Addresses in rules may have <c>*</c> for any text.</summary>
    private static bool MatchesAddress(ConfigNode? rules, string address) =>
        rules is not null
        && rules.Items.Any(item =>
            item.Find("serverUrl") is { Kind: NodeKind.Text } pattern && FileSystemName.MatchesSimpleExpression(pattern.Text, address)
        );

    private static bool MatchesCommand(ConfigNode rules, IReadOnlyList<string> command) =>
        rules.Items.Any(item =>
            item.Find("serverCommand") is { Kind: NodeKind.Array } words && words.Items.Select(word => word.Text).SequenceEqual(command)
        );
}
