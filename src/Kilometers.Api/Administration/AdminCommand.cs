using System.CommandLine;
using Kilometers.Cli.Output;

namespace Kilometers.Api.Administration;

/// <summary><c>km-api admin …</c>: calls the admin endpoints of a running server and prints its answers: tables, or JSON.</summary>
internal static class AdminCommand
{
    private const string Help = """
        Administer a running server. The operator's key is read from KM_API_OPERATOR_KEY, or from the file in KM_API_OPERATOR_KEY_FILE or
        --operator-key-file; never from an argument, which everybody on this machine can see.

        Examples:
          km-api admin customers create --name "Example Ltd" --tier Pro
          km-api admin customers list --json
          km-api admin keys create cus_… --name laptop
          km-api admin releases publish --manifest manifest.json --payload out/linux-x64 --platform linux-x64
          km-api admin km publish km-1a2b3c4d.kmpkg
          km-api admin revocations add --plugin my-logger --to 1.2.3
        """;

    public static Command Create(StandardError errors)
    {
        var connection = new AdminConnection(errors);
        return new Command("admin", Help)
        {
            connection.Endpoint,
            connection.KeyFile,
            connection.Json,
            AdminCustomers.Create(connection, errors),
            Keys(connection),
            AdminReleases.Create(connection),
            AdminKm.Create(connection),
            Builds(connection),
            AdminRevocations.Create(connection),
            Issuers(connection),
            Audit(connection),
        };
    }

    public static Argument<string> Id(string what) => new("ID") { Description = what };

    private static Command Keys(AdminConnection connection)
    {
        var customer = Id("The customer.");
        var name = new Option<string>("--name")
        {
            Description = "What the key is for.",
            Required = true,
            HelpName = "NAME",
        };
        var expires = new Option<DateTimeOffset?>("--expires") { Description = "When it ends. Default: never.", HelpName = "TIME" };
        var create = new Command("create", "Make an API key. It is shown once.") { customer, name, expires };
        create.SetAction(
            (parsed, stop) =>
                connection.PostAsync(
                    parsed,
                    $"customers/{AdminConnection.Part(parsed.GetValue(customer)!)}/keys",
                    new() { ["name"] = parsed.GetValue(name), ["expiresAt"] = parsed.GetValue(expires) },
                    stop
                )
        );
        var list = new Command("list", "A customer's keys.") { customer };
        list.SetAction(
            (parsed, stop) =>
                connection.GetAsync(parsed, $"customers/{AdminConnection.Part(parsed.GetValue(customer)!)}/keys", AdminView.Keys, stop)
        );
        var key = Id("The public part of the key.");
        var overlap = new Option<int>("--overlap")
        {
            Description = "How long the old key stays valid, in hours. Default: 24.",
            HelpName = "HOURS",
            DefaultValueFactory = _ => 24,
        };
        var rotate = new Command("rotate", "Make a successor of a key. It is shown once.") { key, overlap };
        rotate.SetAction(
            (parsed, stop) =>
                connection.PostAsync(
                    parsed,
                    $"keys/{AdminConnection.Part(parsed.GetValue(key)!)}/rotate",
                    new() { ["overlapHours"] = parsed.GetValue(overlap) },
                    stop
                )
        );
        return new Command("keys", "API keys.")
        {
            create,
            list,
            rotate,
            Simple(connection, "revoke", "End a key at once.", "The public part of the key.", given => $"keys/{given}/revoke"),
        };
    }

    private static Command Builds(AdminConnection connection)
    {
        var customer = new Option<string?>("--customer") { Description = "Only this customer's.", HelpName = "ID" };
        var plugin = new Option<string?>("--plugin") { Description = "Only this plugin's.", HelpName = "NAME" };
        var list = new Command("list", "Builds, the newest first.") { customer, plugin };
        list.SetAction(
            (parsed, stop) =>
                connection.GetAsync(
                    parsed,
                    "builds" + AdminConnection.Query(("customer", parsed.GetValue(customer)), ("plugin", parsed.GetValue(plugin))),
                    AdminView.Builds,
                    stop
                )
        );
        return new Command("builds", "Customers' packages.")
        {
            list,
            Simple(connection, "revoke", "End one build.", "The build.", given => $"builds/{given}/revoke"),
        };
    }

    private static Command Issuers(AdminConnection connection)
    {
        var activate = new Option<bool>("--activate")
        {
            Description = "Use it at once: only where there is one node, or all share the folder of keys.",
        };
        var create = new Command("create", "Make a key, in the folder of the node that answers.") { activate };
        create.SetAction(
            (parsed, stop) => connection.PostAsync(parsed, "issuer-keys", new() { ["activate"] = parsed.GetValue(activate) }, stop)
        );
        var list = new Command("list", "All keys.");
        list.SetAction((parsed, stop) => connection.GetAsync(parsed, "issuer-keys", AdminView.Issuers, stop));
        return new Command("issuer-keys", "The keys that sign entitlements and seals.")
        {
            create,
            list,
            Simple(connection, "activate", "Seal new builds with a key.", "The key.", given => $"issuer-keys/{given}/activate"),
            Simple(connection, "retire", "End a key; what it sealed must be provisioned again.", "The key.", given =>
                $"issuer-keys/{given}/retire"
            ),
        };
    }

    private static Command Audit(AdminConnection connection)
    {
        var name = new Option<string?>("--event")
        {
            Description = "Only events of this name; * stands for any characters.",
            HelpName = "NAME",
        };
        var code = new Option<string?>("--code") { Description = "Only with this error code.", HelpName = "CODE" };
        var tail = new Option<int?>("--tail") { Description = "How many of the newest. Default: 100.", HelpName = "COUNT" };
        var node = new Option<string?>("--node") { Description = "Only of this node.", HelpName = "NODE" };
        var show = new Command("show", "The newest records of all nodes' audit logs; those of other nodes are there after a few seconds.")
        {
            name,
            code,
            node,
            tail,
        };
        show.SetAction(
            (parsed, stop) =>
                connection.GetAsync(
                    parsed,
                    "audit"
                        + AdminConnection.Query(
                            ("name", parsed.GetValue(name)),
                            ("code", parsed.GetValue(code)),
                            ("node", parsed.GetValue(node)),
                            ("tail", parsed.GetValue(tail)?.ToString(System.Globalization.CultureInfo.InvariantCulture))
                        ),
                    AdminView.Audit,
                    stop
                )
        );
        return new Command("audit", "The audit log.") { show };
    }

    public static Command Simple(AdminConnection connection, string name, string description, string what, Func<string, string> path)
    {
        var id = Id(what);
        var command = new Command(name, description) { id };
        command.SetAction(
            (parsed, stop) => connection.PostAsync(parsed, path(AdminConnection.Part(parsed.GetValue(id)!)), body: null, stop)
        );
        return command;
    }
}
