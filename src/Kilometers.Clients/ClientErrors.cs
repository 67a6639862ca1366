using Kilometers.Contracts;

namespace Kilometers.Clients;

/// <summary>What can go wrong with a client's configuration.</summary>
internal static class ClientErrors
{
    public static KmException NotUnderstood(string file, string place, string why) =>
        new(
            new KmError(
                ErrorCode.ConfigNotUnderstood,
                $"{file}:{place}: {why}",
                "km changes only files that it understands to the last character.",
                "Correct the file at this place, or change the entry by hand: see docs/clients.md"
            )
        );

    public static KmException Unreadable(string file, string why) =>
        new(new KmError(ErrorCode.ConfigUnreadable, $"{file} cannot be read", why, "Check the file and its permissions."));

    public static KmException NotWritten(string file, string why) =>
        new(
            new KmError(
                ErrorCode.ConfigNotWritten,
                $"{file} cannot be changed, and is as it was",
                why,
                "Remove the cause, or change the entry by hand: see docs/clients.md"
            )
        );

    public static KmException KeepsChanging(string file) =>
        new(
            new KmError(
                ErrorCode.ConfigBusy,
                $"{file} is as other programs wrote it: they changed it at every attempt",
                Hint: "Close the client and run the command again."
            )
        );

    public static KmException ChangedMeanwhile(string file, string server) =>
        new(
            new KmError(
                ErrorCode.ConfigBusy,
                $"{file}: the entry '{server}' was changed after it was shown, and is as it was",
                Hint: "Run the command again to see the entry as it is now."
            )
        );

    public static KmException Locked(string file, string held) =>
        new(
            new KmError(
                ErrorCode.ConfigBusy,
                $"{file} cannot be changed: its client is writing it",
                $"{held} is there.",
                "Run the command again; close the client if that does not help."
            )
        );

    public static KmError EntryChanged(string file, string server) =>
        new(
            ErrorCode.EntryChanged,
            $"{file}: the entry '{server}' was changed after km wrapped it, and is left as it is",
            Hint: "Take the change back, or remove km from the entry by hand. `km unwrap --from-backup` restores the whole file."
        );

    public static KmException NoBackup(string files) =>
        new(new KmError(ErrorCode.NoWrapBackup, $"There is no backup of {files}", Hint: "`km unwrap` without --from-backup needs none."));
}
