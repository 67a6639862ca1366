using System.Globalization;
using System.Net;
using Kilometers.Http.SignIn;

namespace Kilometers.Http;

/// <summary>
/// The arguments of <c>km-http</c>, which only km writes: <c>proxy|bridge|sign-in URL [--listen ADDRESS] [--header H]… [--max-message N]
/// [--json] [--client-id ID] [--client-secret-env NAME] [--callback-port PORT] [--sign-in-wait SECONDS] [--sign-ins FOLDER --secrets FOLDER
/// --key-store NAME] -- OPTIONS…</c>. The options after <c>--</c> are those of <c>km monitor</c>, for the host.
/// </summary>
internal sealed record HttpArguments
{
    public required string Mode { get; init; }

    public required Uri Server { get; init; }

    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public long MaxMessage { get; init; } = 16L << 20;

    public bool IsJson { get; init; }

    /// <summary>How to sign in.</summary>
    public SignInOptions SignIn { get; init; } = new();

    /// <summary>The variable that holds the client's secret; null: it has none.</summary>
    public string? SecretVariable { get; init; }

    /// <summary>Where the list of sign-ins is; null: none is kept.</summary>
    public string? SignIns { get; init; }

    /// <summary>Where the store of last resort has its files.</summary>
    public string? Secrets { get; init; }

    /// <summary>The user's store.</summary>
    public string KeyStore { get; init; } = "auto";

    public IReadOnlyList<string> Options { get; init; } = [];

    /// <returns>Null if km did not write them.</returns>
    public static HttpArguments? TryParse(string[] args)
    {
        var end = Array.IndexOf(args, "--");
        if (
            end < 0
            || args is not ["proxy" or "bridge" or "sign-in", var address, ..]
            || !Uri.TryCreate(address, UriKind.Absolute, out var server)
        )
            return null;
        var parsed = new HttpArguments
        {
            Mode = args[0],
            Server = server,
            Options = args[(end + 1)..],
        };
        for (var i = 2; i < end; i++)
        {
            if (args[i] == "--json")
            {
                parsed = parsed with { IsJson = true };
                continue;
            }

            if (i + 1 >= end)
                return null;
            var (name, value) = (args[i], args[++i]);
            switch (name)
            {
                case "--listen" when IPEndPoint.TryParse(value, out var listen):
                    parsed = parsed with { Listen = listen };
                    break;
                case "--header" when value.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon:
                    parsed = parsed with { Headers = [.. parsed.Headers, new(value[..colon].Trim(), value[(colon + 1)..].Trim())] };
                    break;
                case "--max-message" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0:
                    parsed = parsed with { MaxMessage = size };
                    break;
                case "--client-id":
                    parsed = parsed with { SignIn = parsed.SignIn with { ClientId = value } };
                    break;
                case "--client-secret-env":
                    parsed = parsed with { SecretVariable = value };
                    break;
                case "--callback-port" when ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port):
                    parsed = parsed with { SignIn = parsed.SignIn with { CallbackPort = port } };
                    break;
                case "--sign-in-wait" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds):
                    parsed = parsed with { SignIn = parsed.SignIn with { Wait = TimeSpan.FromSeconds(seconds) } };
                    break;
                case "--sign-ins":
                    parsed = parsed with { SignIns = value };
                    break;
                case "--secrets":
                    parsed = parsed with { Secrets = value };
                    break;
                case "--key-store":
                    parsed = parsed with { KeyStore = value };
                    break;
                default:
                    return null;
            }
        }

        return parsed;
    }
}
