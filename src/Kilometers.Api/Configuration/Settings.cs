using System.Globalization;
using Kilometers.Contracts;

namespace Kilometers.Api.Configuration;

/// <summary>Reads settings one by one, each with its range; at the end, those that nobody read are an error: mistyped ones would be without effect.</summary>
internal sealed class Settings(IConfiguration configuration)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public static KmException Fault(string name, string why) =>
        new(
            new KmError(
                ErrorCode.ApiConfiguration,
                $"The setting {name} cannot be used",
                why,
                $"Correct it: KmApi:{name} in appsettings.json, or KM_API__{name.Replace(":", "__", StringComparison.Ordinal)} in the environment"
            )
        );

    /// <summary>A text; null if it is not set.</summary>
    public string? Text(string name)
    {
        _known.Add(name);
        return WrittenText.Trim(configuration[name]) is { Length: > 0 } value ? value : null;
    }

    /// <exception cref="KmException"><c>API_CFG_001</c>: it is not a whole number in the range.</exception>
    public long Number(string name, long usual, long lowest, long highest)
    {
        if (Text(name) is not { } text)
            return usual;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= lowest && value <= highest
            ? value
            : throw Fault(
                name,
                string.Create(CultureInfo.InvariantCulture, $"It is '{text}', and must be a whole number from {lowest} to {highest}.")
            );
    }

    /// <exception cref="KmException"><c>API_CFG_001</c>: it is not a whole number of seconds in the range.</exception>
    public TimeSpan Seconds(string name, long usual, long lowest, long highest) =>
        TimeSpan.FromSeconds(Number(name, usual, lowest, highest));

    /// <summary>Texts with commas between; empty if it is not set.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        Text(name)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <exception cref="KmException"><c>API_CFG_001</c>: there is a setting of another name.</exception>
    public void RefuseUnknown()
    {
        var unknown = configuration
            .AsEnumerable()
            .Where(pair => pair.Value is not null)
            .Select(pair => pair.Key)
            .FirstOrDefault(name => !_known.Contains(name));
        if (unknown is not null)
            throw Fault(unknown, "There is no setting of this name; docs/api.md lists all.");
    }
}
