using System.CommandLine;
using System.Globalization;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Entitlements.Tokens;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.Cli.Commands;

/// <summary><c>km audit witness</c>: whether the API keeps where the audit log stands, so that nobody on this machine can roll it back unseen.</summary>
internal static class AuditWitnessCommand
{
    private const string Explanation = """
        The API then keeps, and signs, the number and the hash of the log's last record: at the start and the end of each session, and every
        5 minutes. No record leaves this machine. km audit verify finds a log that was rolled back, cut off, rewritten or replaced since.
        Needs an account: km auth login
        """;

    public static Command Create() =>
        new("witness", "Let the API witness the audit log, so that a replaced log is detected.")
        {
            CreateOn(),
            CreateOff(),
            CreateStatus(),
        };

    private static Command CreateOn()
    {
        var json = PluginsCommand.Json();
        var command = new Command("on", "Let the API witness the audit log from now on.") { json };
        HelpWithExamples.Add(command, Explanation);
        CommandContext.Run(
            command,
            async (parsed, context, cancellationToken) =>
            {
                // First the question whether it works: a witness that never answers is not one.
                var receipt = await context.Witness().SendAsync(cancellationToken).ConfigureAwait(false);
                KmSettings.Write(context.Paths.Settings, KmSettings.AuditWitness.Name, "true");
                var detail = receipt is null ? "There is no record yet" : Describe(receipt);
                context.Done(
                    parsed.GetValue(json),
                    new DoneReport("audit witness on", "audit log", detail),
                    $"The audit log is witnessed from now on. {detail}"
                );
                return 0;
            },
            usesNetwork: true
        );
        return command;
    }

    private static Command CreateOff()
    {
        var json = PluginsCommand.Json();
        var command = new Command("off", "Stop showing the audit log's state to the API. Receipts are kept.") { json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            KmSettings.Write(context.Paths.Settings, KmSettings.AuditWitness.Name, null);
            context.Done(
                parsed.GetValue(json),
                new DoneReport("audit witness off", "audit log"),
                "The audit log is not witnessed any more"
            );
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command CreateStatus()
    {
        var json = PluginsCommand.Json();
        var command = new Command("status", "Show whether the audit log is witnessed, and the newest receipt kept here.") { json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var witness = context.Witness();
            var newest = witness.Local() is [var first, ..] ? first : null;
            if (parsed.GetValue(json))
            {
                context.Screen.Json(
                    new WitnessListing(
                        witness.IsOn,
                        newest?.Seq,
                        newest is null ? null : DateTimeOffset.FromUnixTimeSeconds(newest.IssuedAt),
                        newest?.Issuer
                    ),
                    CommandJsonContext.Default.WitnessListing
                );
                return Task.FromResult(0);
            }

            context.Screen.WriteLine(
                witness.IsOn ? "The audit log is witnessed." : "The audit log is not witnessed. To begin: km audit witness on"
            );
            context.Screen.WriteLine(newest is null ? "There is no receipt." : Describe(newest));
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>A receipt in words.</summary>
    internal static string Describe(AuditReceiptToken receipt) =>
        TerminalText.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{receipt.Issuer} saw record {receipt.Seq} at {AuditTable.Time(DateTimeOffset.FromUnixTimeSeconds(receipt.IssuedAt))}"
            )
        );
}

/// <summary>The witness as <c>--json</c> gives it.</summary>
/// <param name="IsOn">Whether the log is witnessed.</param>
/// <param name="Seq">The last record of the newest receipt that is kept here.</param>
/// <param name="Time">When the witness saw it.</param>
/// <param name="Issuer">Who saw it.</param>
internal sealed record WitnessListing(bool IsOn, long? Seq, DateTimeOffset? Time, string? Issuer);
