using System.CommandLine;
using Kilometers.Cli.Output;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg keys</c>: the publisher's root, intermediates, leaves, and revocation lists.</summary>
internal static class KeysCommand
{
    public static Command Create(StandardError errors, TimeProvider time) =>
        new("keys", "Make, rotate, revoke and list the keys that sign packages.")
        {
            KeysInitCommand.Create(errors, time),
            KeysLeafCommand.Create(time),
            KeysRotateCommand.Create(time),
            KeysRevokeCommand.Create(time),
            KeysListCommand.Create(time),
        };
}
