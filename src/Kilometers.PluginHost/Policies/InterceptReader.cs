using System.Globalization;
using System.Text.Json;

namespace Kilometers.PluginHost.Policies;

/// <summary>Reads one entry of a policy's <c>intercept</c>. What would silently hold nothing is an error.</summary>
internal static class InterceptReader
{
    private const int MaxGlob = 128;
    private const int MaxDeadline = 10_000;

    /// <summary>What a server asks of its client, and what is no request. Only requests of the client are held.</summary>
    private static readonly string[] NotHeld = ["notifications/", "sampling/", "elicitation/", "roots/"];

    /// <exception cref="PlacedException">It is not one.</exception>
    public static InterceptGrant Read(PlacedJson json)
    {
        PluginRule? plugin = null;
        IReadOnlyList<string>? methods = null;
        var grant = new InterceptGrant
        {
            Plugin = new PluginRule { Name = "" },
            Methods = [],
        };
        foreach (var (name, offset, value) in PolicyReader.Members(json))
        {
            switch (name)
            {
                case "plugin":
                    plugin = PolicyReader.Plugin(value);
                    break;
                case "methods":
                    methods = PolicyReader.Distinct(value, Method);
                    break;
                case "tools":
                    grant = grant with { Tools = PolicyReader.Distinct(value, Glob) };
                    break;
                case "deadlineMilliseconds":
                    grant = grant with { Deadline = Deadline(value) };
                    break;
                case "whenUndecided":
                    grant = grant with
                    {
                        IsClosed = PolicyReader.Text(value) switch
                        {
                            "closed" => true,
                            "open" => false,
                            _ => throw PolicyReader.Wrong(value, "it must be \"closed\" or \"open\""),
                        },
                    };
                    break;
                default:
                    throw PolicyReader.Unknown(name, offset, "plugin, methods, tools, deadlineMilliseconds, whenUndecided");
            }
        }

        if (methods is not { Count: > 0 })
            throw PolicyReader.Wrong(json, "methods is missing or empty");
        return grant with { Plugin = plugin ?? throw PolicyReader.Wrong(json, "plugin is missing"), Methods = methods };
    }

    private static string Method(PlacedJson json)
    {
        var glob = Glob(json);
        return Array.Find(NotHeld, prefix => glob.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix
            ? throw PolicyReader.Wrong(json, $"only requests of the client can be held, and {prefix}* are not")
            : glob;
    }

    private static string Glob(PlacedJson json) =>
        PolicyReader.Checked(
            json,
            text => text.Length is >= 1 and <= MaxGlob && !text.Any(char.IsControl),
            $"it must be a name of 1 to {MaxGlob} characters, in which * stands for any"
        );

    private static TimeSpan Deadline(PlacedJson json) =>
        json.Kind == JsonTokenType.Number
        && int.TryParse(json.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds is >= 1 and <= MaxDeadline
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw PolicyReader.Wrong(json, $"it must be a whole number from 1 to {MaxDeadline}");
}
