using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Commands.Recordings;
using Kilometers.Cli.Commands.Wrap;
using Kilometers.Cli.Output;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands;

/// <summary><c>km init</c>: the first command of a new user.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var key = new Option<string?>("--api-key")
        {
            Description = "Sign in with this key. Other users of this machine can see it while km runs: KM_API_KEY or the prompt hide it.",
            HelpName = "KEY",
        };
        var endpoint = new Option<string?>("--endpoint")
        {
            Description = "The address of the Kilometers API; kept in your settings.",
            HelpName = "URL",
        };
        var provision = new Option<bool>("--auto-provision-plugins")
        {
            Description =
                "Download the plugins that your subscription includes, and install each after a question that says what it may do.",
        };
        var force = new Option<bool>("--force") { Description = "Sign in again, replacing the current account." };
        var yes = PluginsCommand.Yes();
        var json = PluginsCommand.Json();
        var command = new Command(
            "init",
            "Set km up: the free plugins that came with it, your account if you have one, and what to write into mcp.json."
        )
        {
            key,
            endpoint,
            provision,
            force,
            yes,
            json,
        };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km init
              km init --auto-provision-plugins
              KM_API_KEY=km_live_... km init --auto-provision-plugins --yes
            """
        );
        CommandContext.Run(
            command,
            async (parsed, context, cancellationToken) =>
            {
                if (parsed.GetValue(endpoint) is { } url)
                    KmSettings.Write(context.Paths.Settings, KmSettings.Endpoint.Name, url);
                var access = context.Account();
                var isProvisioning = parsed.GetValue(provision);
                var account = await SignInAsync(
                        context,
                        access,
                        parsed.GetValue(key),
                        parsed.GetValue(force),
                        mustHave: isProvisioning,
                        parsed.GetValue(yes),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                var isJson = parsed.GetValue(json);
                var bundled = await BundledPlugins
                    .InstallAsync(context, null, new InstallOptions { IsAgreed = parsed.GetValue(yes) }, cancellationToken)
                    .ConfigureAwait(false);
                var status = bundled.IsGood() ? 0 : 1;
                if (!isJson)
                    status = InstallCommand.Show(context, bundled, isJson: false);
                IReadOnlyList<RefreshedPlugin> provisioned = [];
                if (isProvisioning)
                {
                    var consent = new ConsentQuestion(context)
                    {
                        IsAgreed = parsed.GetValue(yes),
                        Command = "km init --auto-provision-plugins --yes",
                    };
                    provisioned = await RefreshCommand
                        .RefreshAsync(context, access, ["all"], consent, cancellationToken)
                        .ConfigureAwait(false);
                    if (!isJson)
                        RefreshCommand.Show(context, provisioned);
                    if (provisioned.Any(plugin => plugin.Outcome == RefreshOutcome.Failed))
                        status = 1;
                }

                if (isJson)
                    context.Screen.Json(
                        new InitReport(
                            account?.Endpoint,
                            account?.CustomerId,
                            bundled.Plugins,
                            [.. provisioned.Select(RefreshListing.From)]
                        ),
                        CommandJsonContext.Default.InitReport
                    );
                else
                {
                    Conclude(context, account, isProvisioning);
                    WrapCommand.Offer(context, isInteractive: Question.CanAsk && !parsed.GetValue(yes));
                }

                return status;
            },
            usesNetwork: true
        );
        return command;
    }

    /// <returns>Null where nobody wants an account.</returns>
    private static async Task<Account?> SignInAsync(
        CommandContext context,
        AccountAccess access,
        string? given,
        bool force,
        bool mustHave,
        bool yes,
        CancellationToken cancellationToken
    )
    {
        if (given is null && !force && access.MaySignIn && access.Known() is { } known)
            return known;
        var text = given;
        if (text is null && access.Keys.Variable is { } variable)
            text = Environment.GetEnvironmentVariable(variable);
        else if (text is null && (mustHave || force || (!yes && !Console.IsInputRedirected)))
            text = Question.Secret(
                context.Errors,
                $"API key for {access.Endpoint}{(mustHave || force ? "" : " (empty: none, the free plugins need no account)")}"
            );
        if (string.IsNullOrEmpty(text))
            return mustHave || force ? throw AuthCommand.NotSignedIn() : null;
        return await AuthCommand.LoginAsync(context, access, text, cancellationToken).ConfigureAwait(false);
    }

    private static void Conclude(CommandContext context, Account? account, bool isProvisioned)
    {
        var screen = context.Screen;
        screen.WriteLine("");
        if (account is not null)
            screen.WriteLine(
                $"{context.Errors.Glyphs.Success} signed in as {account.CustomerName} ({account.CustomerId}) at {account.Endpoint}"
            );
        var ready = PluginListing.Read(context).Where(plugin => plugin.Status == "ready").Select(plugin => plugin.Name).ToList();
        screen.WriteLine(
            ready.Count == 0 ? "No plugins are installed." : $"{context.Errors.Glyphs.Success} plugins: {string.Join(", ", ready)}"
        );
        if (account is not null && !isProvisioned)
            screen.WriteLine("To get the plugins of your subscription: km plugins refresh");
        if (ready.Contains(RecordingAccess.Plugin))
            screen.WriteLine("Sessions are recorded on this machine: km logs, km stats, km ui. To stop that: km plugins disable recorder");
        screen.WriteLine("Put km in front of a server's command in your client's mcp.json:");
        screen.WriteLine("""  "command": "km", "args": ["monitor", "--server", "--", "npx", "some-mcp-server"]""");
    }
}

/// <summary>What <c>km init --json</c> prints.</summary>
/// <param name="Endpoint">The API's address; null where nobody is signed in.</param>
/// <param name="CustomerId">Who is signed in.</param>
/// <param name="Bundled">The free plugins that came with km.</param>
/// <param name="Provisioned">The plugins of the subscription.</param>
internal sealed record InitReport(
    string? Endpoint,
    string? CustomerId,
    IReadOnlyList<InstallListing> Bundled,
    IReadOnlyList<RefreshListing> Provisioned
);
