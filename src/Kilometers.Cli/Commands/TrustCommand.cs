using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kilometers.Cli.Commands.Completion;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Trust;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands;

/// <summary><c>km trust</c>: whose plugins may run.</summary>
internal static class TrustCommand
{
    public static Command Create() =>
        new("trust", "See and change whose plugins may run.") { CreateList(), CreateAdd(), CreateRemove(), CreateUpdate() };

    private static Command CreateList()
    {
        var json = PluginsCommand.Json();
        var command = new Command("list", "List the trusted roots: km's own, the administrator's, yours.") { json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            context.Policy(out var trust);
            if (parsed.GetValue(json))
                context.Screen.Json([.. trust.Roots.Select(TrustListing.Of)], CommandJsonContext.Default.IReadOnlyListTrustListing);
            else
            {
                context.Screen.Table(["FINGERPRINT", "SUBJECT", "FROM", "UNTIL", ""], trust.Roots.Select(Row));
                context.Screen.WriteLine(
                    trust.Revocations.Number == 0
                        ? "No revocation list yet."
                        : string.Create(
                            CultureInfo.InvariantCulture,
                            $"Revocation list {trust.Revocations.Number}, {(trust.Revocations.Expires < context.Time.GetUtcNow() ? "out of date since" : "until")} {trust.Revocations.Expires:yyyy-MM-dd}."
                        )
                );
            }

            return Task.FromResult(0);
        });
        return command;
    }

    private static IReadOnlyList<string> Row(TrustRoot root)
    {
        var notes = new[] { root.IsDevelopment ? "development" : null, root.IsImpostor ? "not Kilometers' own" : null };
        return
        [
            TrustRoot.Short(root.Fingerprint),
            root.Certificate.Subject,
            root.DescribeOrigin(),
            root.Certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            string.Join(", ", notes.Where(note => note is not null)),
        ];
    }

    private static Command CreateAdd()
    {
        var file = new Argument<string>("FILE") { Description = "A root certificate, PEM." };
        var yes = PluginsCommand.Yes();
        var json = PluginsCommand.Json();
        var command = new Command("add", "Trust a publisher's root: every plugin signed under it may run.") { file, yes, json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var root = TrustStore.ReadRoot(parsed.GetValue(file)!);
            context.Errors.WriteLine($"{root.Certificate.Subject}{(root.IsDevelopment ? "  (development)" : "")}");
            context.Errors.WriteLine($"  SHA-256 {string.Join(':', root.Fingerprint.Chunk(2).Select(pair => new string(pair)))}");
            context.Errors.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  valid until {root.Certificate.NotAfter:yyyy-MM-dd}"));
            if (root.IsImpostor && !IsBuiltIn(root))
                context.Errors.Warn(
                    new KmError(
                        ErrorCode.ReservedName,
                        $"This root is named \"{root.Name}\", but is not the Kilometers root",
                        Hint: "Find out whose it is before you trust it."
                    )
                );
            if (!Question.Ask(context.Errors, "Compare the fingerprint with the publisher's. Trust it?", parsed.GetValue(yes)))
                throw new KmException(
                    new KmError(ErrorCode.Declined, "Not trusted: not confirmed", Hint: "Run it again and confirm, or use --yes.")
                );
            new TrustStore(context.Paths, context.Audit, context.Time).Add(root);
            context.Done(
                parsed.GetValue(json),
                new DoneReport("trust add", root.Fingerprint, root.Certificate.Subject),
                $"{root.Fingerprint[..16]} is trusted"
            );
            return Task.FromResult(0);
        });
        return command;
    }

    private static bool IsBuiltIn(TrustRoot root) =>
        BuiltInRoot.Pem is { } pem && TrustRoot.Read(pem, "km itself", RootOrigin.BuiltIn).Fingerprint == root.Fingerprint;

    private static Command CreateRemove()
    {
        var fingerprint = new Argument<string>("FINGERPRINT")
        {
            Description = "Its first digits, at least 8; see km trust list.",
            CompletionSources = { KnownNames.Roots },
        };
        var json = PluginsCommand.Json();
        var command = new Command("remove", "Stop trusting a root that you added.") { fingerprint, json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var root = new TrustStore(context.Paths, context.Audit, context.Time).Remove(parsed.GetValue(fingerprint)!);
            context.Done(
                parsed.GetValue(json),
                new DoneReport("trust remove", root.Fingerprint, root.Certificate.Subject),
                $"{root.Fingerprint[..16]} is no longer trusted"
            );
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command CreateUpdate()
    {
        var file = new Argument<string>("FILE") { Description = "A signed revocation list." };
        var json = PluginsCommand.Json();
        var command = new Command("update", "Replace the revocation list with a newer one.") { file, json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var trust = TrustConfiguration.Read(context.Paths, BuiltInRoot.Pem, context.Time.GetUtcNow(), isReplacing: true);
            var list = new TrustStore(context.Paths, context.Audit, context.Time).Update(() => ReadList(parsed.GetValue(file)!), trust);
            var words = string.Create(CultureInfo.InvariantCulture, $"revocation list {list.Number}, until {list.Expires:yyyy-MM-dd}");
            context.Done(parsed.GetValue(json), new DoneReport("trust update", parsed.GetValue(file)!, words), words);
            return Task.FromResult(0);
        });
        return command;
    }

    private static byte[] ReadList(string path) =>
        new FileInfo(path).Length <= RevocationList.MaxSize ? File.ReadAllBytes(path) : throw new IOException("It is too large.");
}

/// <summary>One root as <c>km trust list --json</c> gives it.</summary>
internal sealed record TrustListing(string Fingerprint, string Subject, string Source, DateTimeOffset NotAfter, bool IsDevelopment)
{
    /// <summary><c>builtIn</c>, <c>system</c> or <c>user</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>When the user or the administrator added it; null: it is built in.</summary>
    public DateTimeOffset? Added { get; init; }

    /// <summary>Whether it calls itself Kilometers, or something that looks like it, and is not the one built into km.</summary>
    public bool IsImpostor { get; init; }

    public static TrustListing Of(TrustRoot root) =>
        new(root.Fingerprint, root.Certificate.Subject, root.Source, root.Certificate.NotAfter.ToUniversalTime(), root.IsDevelopment)
        {
            Origin = JsonNamingPolicy.CamelCase.ConvertName(root.Origin.ToString()),
            Added = root.Added,
            IsImpostor = root.IsImpostor,
        };
}
