using Kilometers.Clients.Catalog;
using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Servers;

/// <summary>The parts of an entry that say how its client reaches a server over HTTP.</summary>
internal sealed record EntryAddress
{
    /// <summary>Begins the names of the variables that hold headers. Not with KM_: those are settings of km's.</summary>
    private const string Prefix = "MCP_HEADER_";

    private const string HeaderOption = "--header-env";
    private const string BearerOption = "--bearer-env";

    /// <summary>What changes how a server is reached, and what <c>km bridge</c> does in another way, or not at all.</summary>
    private static readonly HashSet<string> Unknown =
    [
        "api_key_env",
        "api_key_format",
        "api_key_header",
        "auth",
        "authProviderType",
        "authentication",
        "clientCertificate",
        "env_http_headers",
        "headersHelper",
        "oauth",
        "oauth_resource",
        "requestOptions",
        "scopes",
        "socket",
        "tls",
    ];

    private readonly ConfigNode _entry;
    private readonly EntryShape _shape;

    private EntryAddress(ConfigNode entry, EntryShape shape, ConfigMember address)
    {
        (_entry, _shape, Address) = (entry, shape, address);
        Headers = entry.Member(shape.Headers);
        Bearer = entry.Member(shape.Bearer);
        Variables = Name(Headers?.Value.Members ?? []);
    }

    /// <summary>The address's member.</summary>
    public ConfigMember Address { get; }

    public string Text => Address.Value.Text;

    /// <summary>What is sent with each request; null: nothing more.</summary>
    public ConfigMember? Headers { get; }

    /// <summary>The variable that holds a token; null: none.</summary>
    public ConfigMember? Bearer { get; }

    /// <summary>The variable that each header gets. Its value stays where it is: in the file, not on a command line that everybody sees.</summary>
    public IReadOnlyList<(ConfigMember Header, string Variable)> Variables { get; }

    /// <summary>Finds the address of an entry.</summary>
    /// <returns>Null where it has none.</returns>
    public static EntryAddress? Of(ConfigNode entry, EntryShape shape) =>
        shape.Addresses.Select(entry.Member).FirstOrDefault(member => member is not null) is { } address
            ? new EntryAddress(entry, shape, address)
            : null;

    /// <summary>The command that reaches it through km.</summary>
    public IReadOnlyList<string> Words(string server, KmProgram km, bool isCommitted) =>
        km.To(
            server,
            [
                .. Variables.SelectMany(one => new[] { HeaderOption, $"{one.Header.Name}={one.Variable}" }),
                .. Bearer is null ? Array.Empty<string>() : [BearerOption, Bearer.Value.Text],
            ],
            Text,
            isCommitted
        );

    /// <summary>Reads such a command.</summary>
    /// <param name="words">The command, its km and all.</param>
    /// <returns>Null where it says more than km wrote.</returns>
    public static (string Address, IReadOnlyDictionary<string, string> Headers, string? Bearer)? TryRead(IReadOnlyList<string> words)
    {
        var (headers, bearer) = (new Dictionary<string, string>(StringComparer.Ordinal), (string?)null);
        using var options = KmProgram.OptionsIn(words).GetEnumerator();
        while (options.MoveNext())
        {
            var option = options.Current;
            if (option.StartsWith("--name=", StringComparison.Ordinal))
                continue;
            if (!options.MoveNext())
                return null;
            if (option == HeaderOption && options.Current.Split('=', 2) is [var header, var variable])
                headers[variable] = header;
            else if (option == BearerOption)
                bearer = options.Current;
            else if (option != "--name")
                return null;
        }

        return KmProgram.WordsIn(words) == words.Count - 1 ? (words[^1], headers, bearer) : null;
    }

    /// <summary>Why km cannot put itself in front of it.</summary>
    /// <returns>One clause; null: it can.</returns>
    public string? WhyNot(ConfigFormat format)
    {
        ConfigNode?[] parts = [_entry, Address.Value, Headers?.Value, Bearer?.Value, _entry.Member(_shape.Transport.Name)?.Value];
        if (parts.Any(part => part is { IsFixed: true }) || Variables.Any(one => one.Header.Value.IsFixed))
            return "its address uses anchors, tags or several lines";
        if (
            Address.Value.Kind != NodeKind.Text
            || !Uri.TryCreate(Text, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
        )
            return "its address does not begin with http:// or https://";
        if (uri.Query.Length > 0 || uri.UserInfo.Length > 0)
            return "its address may hold a key, and every user of this machine can see a command";
        if (_entry.Members.Find(member => Unknown.Contains(member.Name)) is { } unknown)
            return $"its client connects with settings that km does not take over ({unknown.Name})";
        if (Headers is not null && (Headers.Value.Kind != NodeKind.Object || Variables.Any(one => one.Header.Value.Kind != NodeKind.Text)))
            return "its headers are not text";
        if (Variables.Any(one => !IsToken(one.Header.Name)))
            return "its headers have names that HTTP does not allow";
        if (Headers is { Value.IsBlock: true } && format == ConfigFormat.Toml)
            return "its headers are in a table of their own";
        if (Headers is not null && _entry.Member(_shape.Environment) is not null)
            return "it has both headers and an environment";
        if (_entry.Member(_shape.Arguments) is not null || _shape.Addresses.Count(name => _entry.Member(name) is not null) > 1)
            return "it has more than an address";
        return Bearer is not null && (Bearer.Value.Kind != NodeKind.Text || _entry.Member(_shape.Inherited) is not null)
            ? "its token is not the name of a variable"
            : null;
    }

    private static bool IsToken(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));

    private static List<(ConfigMember, string)> Name(IEnumerable<ConfigMember> headers)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. headers.Select(header => (header, VariableOf(header.Name)))];

        string VariableOf(string header)
        {
            var name = Prefix + string.Concat(header.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
            var variable = name;
            for (var number = 2; !taken.Add(variable); number++)
                variable = $"{name}_{number}";
            return variable;
        }
    }
}
