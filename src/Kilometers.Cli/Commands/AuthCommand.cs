using System.CommandLine;
using System.Globalization;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Http;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Discovery;

namespace Kilometers.Cli.Commands;

/// <summary><c>km auth</c>: signs in at the API, and shows as whom.</summary>
internal static class AuthCommand
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    public static Command Create() =>
        new("auth", "Sign in at the Kilometers API, or to MCP servers over HTTP. Free plugins need no account.")
        {
            CreateLogin(),
            CreateStatus(),
            CreateLogout(),
            SignInCommands.CreateList(),
        };

    public static KmException NotSignedIn() =>
        new(
            new KmError(
                ErrorCode.NotSignedIn,
                "Nobody is signed in",
                "No API key is known here.",
                "Sign in: km auth login; or set KM_API_KEY."
            )
        );

    /// <summary>Asks the API whose a key is, and keeps the key.</summary>
    /// <exception cref="KmException">It is not a key, the API refused, or it cannot be kept.</exception>
    public static async Task<Account> LoginAsync(
        CommandContext context,
        AccountAccess access,
        string text,
        CancellationToken cancellationToken
    )
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new KmException(
                new KmError(
                    ErrorCode.InvalidApiKey,
                    "No API key was given",
                    "km reads it from the terminal or from standard input.",
                    "Try: km auth login < FILE; or set KM_API_KEY."
                )
            );
        var key = ApiKey.Parse(text)
            ?? throw new KmException(
                new KmError(
                    ErrorCode.InvalidApiKey,
                    "That is not an API key",
                    "A key begins with km_live_ and ends with a checksum: it may have been cut off.",
                    "Copy the whole key."
                )
            );
        Account account;
        try
        {
            account = await access.SignInAsync(key, AnswerLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (KmException e)
        {
            context.Audit.Append(
                new AuditRecord
                {
                    Event = "account.login",
                    Decision = AuditDecision.Denied,
                    Code = e.Error.Code,
                    Detail = $"key {key.Id} at {access.Endpoint}",
                }
            );
            throw;
        }

        context.Audit.Append(
            new AuditRecord
            {
                Event = "account.login",
                Decision = AuditDecision.Allowed,
                Detail = $"customer {account.CustomerId}, key {key.Id}, at {account.Endpoint}",
            }
        );
        access.Keys.Store().Store(account.Endpoint, key.Text);
        return account;
    }

    private static Command CreateLogin()
    {
        var json = PluginsCommand.Json();
        var server = SignInCommands.Server("Sign in to this MCP server instead, in your browser, ahead of its first use by km bridge.");
        var signIn = new SignInFlags();
        var command = new Command("login", "Sign in with an API key, which km asks for, or reads from standard input.") { json, server };
        signIn.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(server) is null && signIn.All.FirstOrDefault(option => result.GetResult(option) is not null) is { } lone)
                result.AddError($"{lone.Name} needs --server: an API key needs no client");
        });
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km auth login
              km auth login < key.txt
              km auth login --server https://example.com/mcp
            """
        );
        CommandContext.Run(
            command,
            async (parsed, context, cancellationToken) =>
            {
                if (parsed.GetValue(server) is { } url)
                    return HttpProgram.SignIn(url, signIn.Read(parsed), parsed.GetValue(json));
                var access = context.Account();
                var account = await LoginAsync(
                        context,
                        access,
                        Question.Secret(context.Errors, $"API key for {access.Endpoint}"),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                context.Done(
                    parsed.GetValue(json),
                    new DoneReport("auth login", account.CustomerId, account.Endpoint),
                    $"signed in as {account.CustomerName} ({account.CustomerId}); the key is kept in {access.Keys.Store().Name}"
                );
                if (access.Keys.Variable is { } variable)
                    context.Errors.Warn(
                        new KmError(
                            ErrorCode.InvalidConfiguration,
                            $"{variable} is set, and takes precedence over the key that was kept now"
                        )
                    );
                if (!parsed.GetValue(json))
                    context.Screen.WriteLine("Next: km plugins refresh");
                return 0;
            },
            usesNetwork: true
        );
        return command;
    }

    private static Command CreateStatus()
    {
        var json = PluginsCommand.Json();
        var command = new Command("status", "Show who is signed in and what the subscription covers. Asks the API.") { json };
        CommandContext.Run(
            command,
            async (parsed, context, cancellationToken) =>
            {
                var view = await context
                    .Entitlements()
                    .GetAsync(PluginBuilds.Installed(context.Paths, context.Policy(out _)), force: true, cancellationToken)
                    .ConfigureAwait(false);
                var status = AccountStatus.From(context.Account(), view);
                if (parsed.GetValue(json))
                    context.Screen.Json(status, CommandJsonContext.Default.AccountStatus);
                else
                    Show(context, status);
                if (view.Error is { } error)
                    context.Errors.Warn(error);
                return view.Token is null ? 1 : 0;
            },
            usesNetwork: true
        );
        return command;
    }

    private static Command CreateLogout()
    {
        var json = PluginsCommand.Json();
        var server = SignInCommands.Server("Forget the sign-in to this MCP server instead.");
        var command = new Command(
            "logout",
            "Delete the API key and the entitlement. Installed plugins stay; those that need the subscription no longer run."
        )
        {
            json,
            server,
        };
        CommandContext.Run(command, (parsed, context, _) =>
        {
            if (parsed.GetValue(server) is { } url)
                return Task.FromResult(SignInCommands.Forget(context, url, parsed.GetValue(json)));
            var access = context.Account();
            var account = Account.Read(context.Paths.Account) ?? throw NotSignedIn();
            context.Audit.Append(
                new AuditRecord
                {
                    Event = "account.logout",
                    Decision = AuditDecision.Allowed,
                    Detail = $"customer {account.CustomerId}, key {account.KeyId}, at {account.Endpoint}",
                }
            );
            access.SignOut(account);
            context.Done(
                parsed.GetValue(json),
                new DoneReport("auth logout", account.CustomerId, account.Endpoint),
                $"signed out of {account.Endpoint}"
            );
            if (access.Keys.Variable is { } variable)
                context.Errors.Warn(
                    new KmError(
                        ErrorCode.InvalidConfiguration,
                        $"{variable} is still set: with it km signs in again",
                        Hint: $"unset {variable}"
                    )
                );
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Show(CommandContext context, AccountStatus status)
    {
        var rows = new List<IReadOnlyList<string>>
        {
            new[] { "API", status.Endpoint },
            new[] { "customer", status.CustomerName is null ? "nobody is signed in" : $"{status.CustomerName} ({status.CustomerId})" },
        };
        if (status.KeyId is not null)
            rows.Add(["key", $"km_live_{status.KeyId}_..., from {status.KeyFrom}"]);
        rows.Add(["tier", status.Tier]);
        if (status.Features.Count > 0)
            rows.Add(["features", string.Join(", ", status.Features)]);
        rows.Add(["entitlement", status.State]);
        if (status.OfflineUntil is { } until)
            rows.Add(["without network until", until.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)]);
        context.Screen.Table(["", ""], rows);
    }
}

/// <summary>What <c>km auth status --json</c> gives.</summary>
internal sealed record AccountStatus
{
    public required string Endpoint { get; init; }

    public string? CustomerId { get; init; }

    public string? CustomerName { get; init; }

    public string? KeyId { get; init; }

    /// <summary>The environment variable, or the store.</summary>
    public string? KeyFrom { get; init; }

    public required string Tier { get; init; }

    public required IReadOnlyList<string> Features { get; init; }

    /// <summary><c>fresh</c>, <c>stale</c>, <c>grace</c>, or <c>denied</c>.</summary>
    public required string State { get; init; }

    public DateTimeOffset? OfflineUntil { get; init; }

    /// <summary>Why the entitlement is not fresh.</summary>
    public KmError? Error { get; init; }

    public static AccountStatus From(AccountAccess access, EntitlementView view) =>
        new()
        {
            Endpoint = access.Endpoint,
            CustomerId = view.CustomerId,
            CustomerName = view.CustomerId is null ? null : access.Known()?.CustomerName,
            KeyId = view.KeyId,
            KeyFrom = view.KeyId is null ? null : access.Keys.Variable ?? access.Keys.Store().Name,
            Tier = view.Tier.ToString(),
            Features = view.Token is { } token ? [.. token.Features.Order(StringComparer.Ordinal)] : [],
            State = view.State.ToString().ToLowerInvariant(),
            OfflineUntil = view.Token is { } current ? DateTimeOffset.FromUnixTimeSeconds(current.OfflineUntil) : null,
            Error = view.Error,
        };
}
