using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Kilometers.Cli.Output;

namespace Kilometers.Api.Administration;

/// <summary><c>km-api admin customers</c>.</summary>
internal static class AdminCustomers
{
    private const int Days = 30;
    private const int MaxDays = 31;

    public static Command Create(AdminConnection connection, StandardError errors) =>
        new("customers", "Customers and their subscriptions.")
        {
            CreateCreate(connection),
            CreateList(connection),
            CreateShow(connection),
            CreateRename(connection),
            CreateSubscribe(connection),
            AdminCommand.Simple(connection, "suspend", "Refuse every request of a customer.", "The customer.", given =>
                $"customers/{given}/suspend"
            ),
            AdminCommand.Simple(connection, "resume", "Take a suspension back.", "The customer.", given => $"customers/{given}/resume"),
            CreateUsage(connection),
            CreateEvents(connection),
            CreateDelete(connection, errors),
        };

    private static Option<string> Name() =>
        new("--name")
        {
            Description = "What the customer is called.",
            Required = true,
            HelpName = "NAME",
        };

    private static Option<string> Tier() =>
        new("--tier")
        {
            Description = "Free, Pro or Enterprise.",
            Required = true,
            HelpName = "TIER",
        };

    private static string Path(ParseResult parsed, Argument<string> id, string below = "") =>
        $"customers/{AdminConnection.Part(parsed.GetValue(id)!)}{below}";

    private static Command CreateCreate(AdminConnection connection)
    {
        var (name, tier) = (Name(), Tier());
        var command = new Command("create", "Make a customer.") { name, tier };
        command.SetAction(
            (parsed, stop) =>
                connection.PostAsync(
                    parsed,
                    "customers",
                    new() { ["name"] = parsed.GetValue(name), ["tier"] = parsed.GetValue(tier) },
                    stop
                )
        );
        return command;
    }

    private static Command CreateList(AdminConnection connection)
    {
        var after = new Option<string?>("--after") { Description = "Those whose id comes after this one.", HelpName = "ID" };
        var command = new Command("list", "All customers, by id, 1000 at a time.") { after };
        command.SetAction(
            (parsed, stop) =>
                connection.GetAsync(
                    parsed,
                    "customers" + AdminConnection.Query(("after", parsed.GetValue(after))),
                    AdminView.Customers,
                    stop
                )
        );
        return command;
    }

    private static Command CreateShow(AdminConnection connection)
    {
        var id = AdminCommand.Id("The customer.");
        var command = new Command("show", "One customer, with the features of the subscription.") { id };
        command.SetAction((parsed, stop) => connection.GetAsync(parsed, Path(parsed, id), AdminView.Record, stop));
        return command;
    }

    private static Command CreateRename(AdminConnection connection)
    {
        var (id, name) = (AdminCommand.Id("The customer."), Name());
        var command = new Command("rename", "Give a customer another name. The id, the keys and the packages stay as they are.")
        {
            id,
            name,
        };
        command.SetAction(
            (parsed, stop) => connection.PostAsync(parsed, Path(parsed, id, "/rename"), new() { ["name"] = parsed.GetValue(name) }, stop)
        );
        return command;
    }

    private static Command CreateSubscribe(AdminConnection connection)
    {
        var (id, tier) = (AdminCommand.Id("The customer."), Tier());
        var add = new Option<string[]>("--add")
        {
            Description = "A feature beyond the tier's; may be given several times.",
            HelpName = "FEATURE",
        };
        var remove = new Option<string[]>("--remove")
        {
            Description = "A feature of the tier that the customer does not get.",
            HelpName = "FEATURE",
        };
        var command = new Command("subscribe", "Change a customer's tier and features; running sessions follow with their next refresh.")
        {
            id,
            tier,
            add,
            remove,
        };
        command.SetAction(
            (parsed, stop) =>
                connection.PostAsync(
                    parsed,
                    Path(parsed, id, "/subscription"),
                    new()
                    {
                        ["tier"] = parsed.GetValue(tier),
                        ["featuresAdded"] = AdminConnection.Array(parsed.GetValue(add)),
                        ["featuresRemoved"] = AdminConnection.Array(parsed.GetValue(remove)),
                    },
                    stop
                )
        );
        return command;
    }

    private static Command CreateUsage(AdminConnection connection)
    {
        var id = AdminCommand.Id("The customer.");
        var days = new Option<int>("--days")
        {
            Description = $"How many days of events to count, 1 to {MaxDays}. Default: {Days}.",
            HelpName = "N",
            DefaultValueFactory = _ => Days,
        };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxDays)
                result.AddError($"--days: 1 to {MaxDays}");
        });
        var command = new Command("usage", "What a customer has and uses: keys, packages, events, figures of calls.") { id, days };
        command.SetAction(
            (parsed, stop) =>
                connection.GetAsync(
                    parsed,
                    Path(parsed, id, "/usage")
                        + AdminConnection.Query(("days", parsed.GetValue(days).ToString(CultureInfo.InvariantCulture))),
                    AdminView.Record,
                    stop
                )
        );
        return command;
    }

    private static Command CreateEvents(AdminConnection connection)
    {
        var id = AdminCommand.Id("The customer.");
        var names = new[] { "after", "before", "session", "method", "direction", "limit", "cursor" };
        var filters = names
            .Select(name => new Option<string?>("--" + name) { Description = $"As of GET /api/events: {name}.", HelpName = "VALUE" })
            .ToList();
        var payload = new Option<bool>("--payload") { Description = "With the messages themselves (only with --json)." };
        var command = new Command("events", "A customer's events, the newest first. That you looked is in the audit log.") { id, payload };
        foreach (var filter in filters)
            command.Options.Add(filter);
        command.SetAction(
            (parsed, stop) =>
                connection.GetAsync(
                    parsed,
                    Path(parsed, id, "/events")
                        + AdminConnection.Query([
                            .. filters.Select((filter, at) => (names[at], parsed.GetValue(filter))),
                            ("payload", parsed.GetValue(payload) ? "true" : null),
                        ]),
                    AdminView.Events,
                    stop
                )
        );
        return command;
    }

    private static Command CreateDelete(AdminConnection connection, StandardError errors)
    {
        const string Help = """
            Delete a customer, with everything that is kept about it: API keys, packages, events, figures of calls. Nothing of it can be brought back.

            The customer's plugins stop with their next look, within minutes, or when they get the revocation list. The audit log keeps its
            records, which have the customer's id and no name.
            """;
        var id = AdminCommand.Id("The customer.");
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("delete", Help) { id, yes };
        command.SetAction(
            async (parsed, stop) =>
            {
                if (!parsed.GetValue(yes))
                {
                    var customer = await connection
                        .AskAsync(parsed, HttpMethod.Get, Path(parsed, id), content: null, stop)
                        .ConfigureAwait(false);
                    var usage = await connection
                        .AskAsync(parsed, HttpMethod.Get, Path(parsed, id, "/usage"), content: null, stop)
                        .ConfigureAwait(false);
                    errors.WriteLine(Describe(customer!, usage!));
                    if (!Question.Ask(errors, "Delete all of it?", isAnswered: false))
                        return 1;
                }

                return await connection.SendAsync(parsed, HttpMethod.Delete, Path(parsed, id), content: null, stop).ConfigureAwait(false);
            }
        );
        return command;
    }

    private static string Describe(JsonNode customer, JsonNode usage) =>
        $"{TerminalText.Line((string)customer["name"]!)} ({customer["id"]}, {customer["tier"]}): {usage["keys"]} API keys, {usage["builds"]} packages, {usage["storedEvents"]} events, {usage["storedFigures"]} figures of calls";
}
