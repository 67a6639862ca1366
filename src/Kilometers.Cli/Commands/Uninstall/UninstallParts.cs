namespace Kilometers.Cli.Commands.Uninstall;

/// <summary>
/// All parts, in the order in which they are removed: first what others still use (clients whose configuration names km), last the files that
/// the earlier parts read. A part that fails ends it: what it could not take back may need what comes after it.
/// </summary>
internal static class UninstallParts
{
    public static IReadOnlyList<IUninstallPart> All { get; } = [new ClientPart(), new KeyPart(), new SignInPart(), new FilePart()];
}
