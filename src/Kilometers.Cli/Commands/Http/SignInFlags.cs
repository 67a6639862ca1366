using System.CommandLine;
using System.Globalization;
using Kilometers.Contracts;
using Kilometers.Credentials;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Http;

/// <summary>How to sign in to a server that is reached over HTTP, and where sign-ins are kept.</summary>
internal sealed class SignInFlags
{
    private readonly Option<string?> _clientId = new("--client-id")
    {
        Description =
            "An id of km at the authorization server, or the address of a client metadata document. Default: km registers itself.",
        HelpName = "ID",
    };

    private readonly Option<string?> _clientSecret = new("--client-secret-env")
    {
        Description = "The variable of the environment that holds the secret of that client.",
        HelpName = "NAME",
    };

    private readonly Option<ushort?> _callbackPort = new("--callback-port")
    {
        Description =
            "The port of this machine that the browser comes back to (http://127.0.0.1:PORT/callback). Default: any that is free.",
        HelpName = "PORT",
    };

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_clientSecret) is not null && result.GetResult(_clientId) is null)
                result.AddError("--client-secret-env needs --client-id: it is the secret of that client");
        });
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_clientId, _clientSecret, _callbackPort];

    /// <summary>The words that say the same to <c>km-http</c>.</summary>
    public IReadOnlyList<string> Read(ParseResult parsed) =>
        [
            .. Word("--client-id", parsed.GetValue(_clientId)),
            .. Word("--client-secret-env", parsed.GetValue(_clientSecret)),
            .. Word("--callback-port", parsed.GetValue(_callbackPort)?.ToString(CultureInfo.InvariantCulture)),
        ];

    /// <summary>Where <c>km-http</c> keeps sign-ins. It does without if the user's directory or settings cannot be used.</summary>
    public static IReadOnlyList<string> Places()
    {
        var paths = PluginPaths.Default();
        if (paths.HomeProblem is not null)
            return [];
        try
        {
            var store = KmSettings.Read(paths.Settings).Get(KmSettings.CredentialHelper).Value;
            return ["--sign-ins", paths.SignIns, "--secrets", paths.Credentials, "--key-store", store];
        }
        catch (KmException)
        {
            return [];
        }
    }

    /// <summary>The sign-ins of this user.</summary>
    /// <exception cref="KmException">The settings or the store cannot be used.</exception>
    public static SignInStore Store(CommandContext context) =>
        new(
            context.Paths.SignIns,
            CredentialStores.Open(
                context.Settings().Get(KmSettings.CredentialHelper).Value,
                context.Paths.Credentials,
                SecretKind.SignIn,
                Environment.GetEnvironmentVariable
            )
        );

    private static IEnumerable<string> Word(string name, string? value) => value is null ? [] : [name, value];
}
