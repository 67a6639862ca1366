using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Contracts;
using Kilometers.Credentials;

namespace Kilometers.Cli.Commands.Http;

/// <summary>Sign-ins to servers over HTTP: <c>km auth servers</c>, and <c>--server</c> of <c>login</c> and <c>logout</c>.</summary>
internal static class SignInCommands
{
    /// <summary>Lists them.</summary>
    public static Command CreateList()
    {
        var json = PluginsCommand.Json();
        var command = new Command("servers", "List the MCP servers over HTTP that you are signed in to. Shows no secrets.") { json };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            IReadOnlyList<SignInSummary> all = [.. SignInFlags.Store(context).List().Select(one => one.Summary)];
            if (parsed.GetValue(json))
                context.Screen.Json(all, CommandJsonContext.Default.IReadOnlyListSignInSummary);
            else if (all.Count == 0)
                context.Screen.WriteLine("You are not signed in to any server. km bridge URL asks when a server wants it.");
            else
                context.Screen.Table(
                    ["SERVER", "SIGNED IN AT", "PERMISSIONS", "CLIENT"],
                    all.Select(one => new[] { one.Server, one.Issuer, one.Scope, one.Client ?? "" })
                );
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>The option that names a server.</summary>
    public static Option<Uri?> Server(string description) =>
        new("--server")
        {
            Description = description,
            HelpName = "URL",
            CustomParser = HttpOptions.ParseAddress,
        };

    /// <summary>Forgets the sign-ins to a server.</summary>
    /// <exception cref="KmException">There are none, or they cannot be deleted.</exception>
    public static int Forget(CommandContext context, Uri server, bool isJson)
    {
        var place = SignInStore.WithoutQuery(server);
        var store = SignInFlags.Store(context);
        var found = store.List().Where(one => one.Key.Server == place).ToList();
        if (found.Count == 0)
            throw new KmException(
                new KmError(ErrorCode.SignInRequired, $"You are not signed in to {place}", Hint: "See the servers: km auth servers")
            );
        foreach (var (key, _) in found)
            store.Erase(key);
        context.Done(
            isJson,
            new DoneReport("auth logout", place),
            $"forgot the sign-in to {place}. The tokens stay valid until they expire or you revoke them at {found[0].Summary.Issuer}"
        );
        return 0;
    }
}
