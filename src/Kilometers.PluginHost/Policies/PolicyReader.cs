using System.Globalization;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Policies;

/// <summary>Reads a policy strictly: what is not understood completely is not used at all. Says where a mistake stands.</summary>
internal static class PolicyReader
{
    /// <summary>The largest file, in bytes.</summary>
    public const int MaxSize = 256 * 1024;

    private const int MaxEntries = 1000;
    private const long MiB = 1L << 20;

    /// <param name="json">The file.</param>
    /// <param name="author">Whose it is.</param>
    /// <param name="path">Where it stands.</param>
    /// <exception cref="KmException"><c>CFG_POL_001</c>: it is not a policy.</exception>
    public static PolicyDocument Read(ReadOnlySpan<byte> json, PolicyAuthor author, string path)
    {
        json = WrittenText.WithoutMark(json);
        try
        {
            if (json.Length > MaxSize)
                throw new PlacedException(0, $"it is larger than {MaxSize} bytes");
            return ReadRoot(PlacedJson.Parse(json), new PolicyDocument { Author = author, Path = path });
        }
        catch (PlacedException e)
        {
            var place = Place.Of(json, e.Offset);
            throw new KmException(
                new KmError(
                    ErrorCode.InvalidPolicy,
                    $"The {author.ToString().ToLowerInvariant()}'s policy cannot be used",
                    $"{path}, {place}: {e.Message}",
                    $"Correct it, and see: km policy check {path}"
                )
            );
        }
    }

    private static PolicyDocument ReadRoot(PlacedJson root, PolicyDocument policy)
    {
        var hasVersion = false;
        foreach (var (name, offset, value) in Members(root))
        {
            switch (name)
            {
                case "version":
                    if (value is not { Kind: JsonTokenType.Number, Text: "1" })
                        throw Wrong(value, "version must be 1: this km knows no other");
                    hasVersion = true;
                    break;
                case "plugins":
                    policy = ReadPlugins(value, policy);
                    break;
                case "publishers":
                    policy = ReadPublishers(value, policy);
                    break;
                case "tier":
                    policy = ReadTier(value, policy);
                    break;
                case "isolation":
                    policy = ReadIsolation(value, policy);
                    break;
                case "network":
                    policy = ReadNetwork(value, policy);
                    break;
                case "delivery":
                    policy = ReadDelivery(value, policy);
                    break;
                case "intercept":
                    if (policy.Author != PolicyAuthor.Administrator)
                        throw Wrong(value, "only the administrator's policy can grant this");
                    policy = policy with { Intercepting = List(value, InterceptReader.Read) };
                    break;
                default:
                    throw Unknown(name, offset, "version, plugins, publishers, tier, isolation, network, delivery, intercept");
            }
        }

        return hasVersion ? policy : throw Wrong(root, "\"version\": 1 is missing");
    }

    private static PolicyDocument ReadPlugins(PlacedJson json, PolicyDocument policy)
    {
        foreach (var (name, offset, value) in Members(json))
        {
            policy = name switch
            {
                "allow" => policy with { AllowedPlugins = Plugins(value) },
                "deny" => policy with { DeniedPlugins = Plugins(value) },
                "require" => policy with { RequiredPlugins = Plugins(value) },
                "whenRequiredIsLost" => policy with
                {
                    WhenRequiredIsLost = Text(value) switch
                    {
                        "end" => LossAction.End,
                        "report" => LossAction.Report,
                        _ => throw Wrong(value, "it must be \"end\" or \"report\""),
                    },
                },
                "project" => policy with { ProjectPlugins = Flag(value) },
                "development" => policy with { DevelopmentPlugins = Flag(value) },
                _ => throw Unknown(name, offset, "allow, deny, require, whenRequiredIsLost, project, development"),
            };
        }

        return policy;
    }

    private static PolicyDocument ReadPublishers(PlacedJson json, PolicyDocument policy)
    {
        foreach (var (name, offset, value) in Members(json))
        {
            policy = name switch
            {
                "allow" => policy with { AllowedPublishers = List(value, Publisher) },
                "deny" => policy with { DeniedPublishers = List(value, Publisher) },
                _ => throw Unknown(name, offset, "allow, deny"),
            };
        }

        return policy;
    }

    private static PolicyDocument ReadTier(PlacedJson json, PolicyDocument policy)
    {
        foreach (var (name, offset, value) in Members(json))
        {
            policy = name switch
            {
                "maximum" => policy with
                {
                    MaximumTier = Text(value) switch
                    {
                        "Free" => Tier.Free,
                        "Pro" => Tier.Pro,
                        "Enterprise" => Tier.Enterprise,
                        _ => throw Wrong(value, "it must be \"Free\", \"Pro\" or \"Enterprise\""),
                    },
                },
                "features" => policy with
                {
                    AllowedFeatures = Distinct(value, item =>
                        Checked(item, PolicyValues.IsFeature, "it must be a feature, like \"api_logging\"")
                    ),
                },
                _ => throw Unknown(name, offset, "maximum, features"),
            };
        }

        return policy;
    }

    private static PolicyDocument ReadIsolation(PlacedJson json, PolicyDocument policy)
    {
        foreach (var (name, offset, value) in Members(json))
        {
            policy = name switch
            {
                "require" => policy with
                {
                    RequiredIsolation = Distinct(value, item =>
                        Checked(item, text => text is "L0" or "L1" or "L2" or "L3", "it must be a layer, \"L0\" to \"L3\"")
                    ),
                },
                "plugin-process" => policy with
                {
                    ProcessPerSession = Text(value) switch
                    {
                        "shared" => false,
                        "session" => true,
                        _ => throw Wrong(value, "it must be \"shared\" or \"session\""),
                    },
                },
                _ => throw Unknown(name, offset, "require, plugin-process"),
            };
        }

        return policy;
    }

    private static PolicyDocument ReadNetwork(PlacedJson json, PolicyDocument policy)
    {
        foreach (var (name, offset, value) in Members(json))
        {
            if (name != "allowPrivate")
                throw Unknown(name, offset, "allowPrivate");
            policy = policy with
            {
                AllowPrivate = Distinct(value, item =>
                    Checked(
                        item,
                        PolicyValues.IsHostAndPort,
                        "it must be \"host:port\", in lower case, like \"10.0.0.5:443\" or \"[fd00::5]:443\""
                    )
                ),
            };
        }

        return policy;
    }

    private static PolicyDocument ReadDelivery(PlacedJson json, PolicyDocument policy)
    {
        foreach (var (name, offset, value) in Members(json))
        {
            policy = name switch
            {
                "guaranteed" => policy with
                {
                    Guaranteed =
                        value.Kind == JsonTokenType.String && value.Text == "all"
                            ? new GuaranteeRule { IsForAll = true }
                            : new GuaranteeRule { Plugins = Distinct(value, Name) },
                },
                "wishes" => policy with { GrantsWishes = Flag(value) },
                "limitMegabytes" => policy with
                {
                    SpillLimit =
                        value.Kind == JsonTokenType.Number
                        && long.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                        && size is >= 1 and <= 1 << 20
                            ? size * MiB
                            : throw Wrong(value, "it must be a whole number from 1 to 1048576"),
                },
                _ => throw Unknown(name, offset, "guaranteed, wishes, limitMegabytes"),
            };
        }

        return policy;
    }

    private static List<PluginRule> Plugins(PlacedJson json) => List(json, Plugin);

    /// <summary>A name, or an object that says more.</summary>
    internal static PluginRule Plugin(PlacedJson json)
    {
        if (json.Kind == JsonTokenType.String)
            return new PluginRule { Name = Name(json) };
        string? plugin = null;
        var rule = new PluginRule { Name = "" };
        foreach (var (name, offset, value) in Members(json, "it must be a plugin's name, or an object with \"name\""))
        {
            switch (name)
            {
                case "name":
                    plugin = Name(value);
                    break;
                case "from":
                    rule = rule with { From = Version(value) };
                    break;
                case "to":
                    rule = rule with { To = Version(value) };
                    break;
                case "digest":
                    rule = rule with { Digest = Digest(value) };
                    break;
                default:
                    throw Unknown(name, offset, "name, from, to, digest");
            }
        }

        if (rule is { From: { } from, To: { } to } && from > to)
            throw Wrong(json, "from is above to");
        return rule with { Name = plugin ?? throw Wrong(json, "name is missing") };
    }

    private static PublisherRule Publisher(PlacedJson json)
    {
        var rule = new PublisherRule();
        foreach (var (name, offset, value) in Members(json))
        {
            rule = name switch
            {
                "name" => rule with
                {
                    Name = Checked(
                        value,
                        text => text.Length is >= 1 and <= 200 && !text.Any(char.IsControl),
                        "it must be the name in the signer's certificate"
                    ),
                },
                "certificate" => rule with { Certificate = Digest(value) },
                "root" => rule with { Root = Digest(value) },
                _ => throw Unknown(name, offset, "name, certificate, root"),
            };
        }

        return rule is { Certificate: null, Root: null }
            ? throw Wrong(
                json,
                "root or certificate is missing: a name alone proves nothing, since anybody can have it certified under a root of his own"
            )
            : rule;
    }

    private static string Name(PlacedJson json) =>
        Checked(json, PluginName.IsValid, "it must be a plugin's name: 2 to 63 lower-case letters, digits and '-', the first a letter");

    private static SemanticVersion Version(PlacedJson json) =>
        SemanticVersion.TryParse(Text(json), out var version) ? version : throw Wrong(json, "it must be a version, like \"1.2.0\"");

    private static string Digest(PlacedJson json) =>
        Checked(
            json,
            text => text.Length == 64 && text.All(char.IsAsciiHexDigitLower),
            "it must be a SHA-256 digest: 64 lower-case hexadecimal digits"
        );

    internal static string Checked(PlacedJson json, Func<string, bool> isValid, string why) =>
        isValid(Text(json)) ? json.Text : throw Wrong(json, why);

    internal static string Text(PlacedJson json) => json.Kind == JsonTokenType.String ? json.Text : throw Wrong(json, "it must be a text");

    private static bool Flag(PlacedJson json) =>
        json.Kind is JsonTokenType.True or JsonTokenType.False
            ? json.Kind == JsonTokenType.True
            : throw Wrong(json, "it must be true or false");

    internal static List<string> Distinct(PlacedJson json, Func<PlacedJson, string> read)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return List(json, item => seen.Add(read(item)) ? item.Text : throw Wrong(item, $"'{item.Text}' is there twice"));
    }

    private static List<T> List<T>(PlacedJson json, Func<PlacedJson, T> read)
    {
        if (json.Kind != JsonTokenType.StartArray)
            throw Wrong(json, "it must be a list");
        return json.Elements.Count <= MaxEntries
            ? json.Elements.ConvertAll(item => read(item))
            : throw Wrong(json, $"it has more than {MaxEntries} entries");
    }

    internal static List<(string Name, int Offset, PlacedJson Value)> Members(PlacedJson json, string why = "it must be an object") =>
        json.Kind == JsonTokenType.StartObject ? json.Members : throw Wrong(json, why);

    internal static PlacedException Wrong(PlacedJson json, string why) => new(json.Offset, why);

    internal static PlacedException Unknown(string name, int offset, string known) =>
        new(offset, $"'{PolicyValues.Quoted(name)}' is unknown; here may stand: {known}");
}
