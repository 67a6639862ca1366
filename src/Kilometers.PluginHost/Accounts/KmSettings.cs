using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.PluginHost.Accounts;

/// <summary>One thing that a user can set.</summary>
/// <param name="Name">As in <c>km config set NAME</c> and in the file.</param>
/// <param name="Variables">Environment variables that set it, the first that is there counts.</param>
/// <param name="Default">Its value where nobody set it; empty: none.</param>
/// <param name="Description">Meaning, unit and range.</param>
/// <param name="Check">What is wrong with a value; null if nothing is.</param>
internal sealed record Setting(
    string Name,
    IReadOnlyList<string> Variables,
    string Default,
    string Description,
    Func<string, string?> Check
);

/// <summary>The value of a setting, and who set it.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Value">Its value.</param>
/// <param name="Source"><c>flag</c>, the environment variable, the file, or <c>default</c>.</param>
internal sealed record SettingValue(Setting Setting, string Value, string Source);

/// <summary>What the user set: a flag goes before the environment, that before <c>~/.km/config/km.json</c>, that before the default.</summary>
internal sealed class KmSettings
{
    public static readonly Setting Endpoint = new(
        "endpoint",
        ["KM_API_ENDPOINT", "KILOMETERS_API_ENDPOINT"],
        "https://api.kilometers.ai",
        "Address of the Kilometers API: https, or http to this machine",
        ApiEndpoint.WhyInvalid
    );

    public static readonly Setting CredentialHelper = new(
        "credential-helper",
        ["KM_CREDENTIAL_HELPER", "KILOMETERS_CREDENTIAL_HELPER"],
        "auto",
        "Where the API key is kept: auto, file, or the NAME of a docker-credential-NAME program (pass, secretservice, osxkeychain, wincred)",
        value =>
            value.Length is > 0 and <= 64 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
                ? null
                : "a name of letters, digits, '-' and '_'"
    );

    public static readonly Setting EntitlementRefresh = new(
        "entitlement-refresh",
        ["KM_ENTITLEMENT_REFRESH", "KILOMETERS_ENTITLEMENT_REFRESH"],
        "300",
        "Seconds between two looks at the subscription, 1 to 300",
        value =>
            int.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= 300
                ? null
                : "a whole number from 1 to 300"
    );

    public static readonly Setting TestStart = new(
        "test-start",
        ["KM_TEST_START"],
        "true",
        "Whether plugins are started once, isolated, before they are installed: true or false",
        value => value is "true" or "false" ? null : "true or false"
    );

    public static readonly Setting AuditWitness = new(
        "audit-witness",
        ["KM_AUDIT_WITNESS"],
        "false",
        "Whether the API keeps and signs where the audit log stands: true or false",
        value => value is "true" or "false" ? null : "true or false"
    );

    public static readonly Setting HostLinger = new(
        "host-linger",
        ["KM_HOST_LINGER"],
        "5",
        "Seconds that the plugin host stays after the last session, 0 to 3600",
        value =>
            int.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 3600
                ? null
                : "a whole number from 0 to 3600"
    );

    public static readonly Setting PluginLogs = new(
        "keep-plugin-logs",
        ["KM_KEEP_PLUGIN_LOGS"],
        "true",
        "Whether what plugins print and log is kept, for km plugins logs: true or false",
        value => value is "true" or "false" ? null : "true or false"
    );

    private const int MaxFile = 256 * 1024;
    private readonly string _path;
    private readonly Dictionary<string, string> _file;
    private readonly Func<string, string?> _environment;
    private readonly Dictionary<string, string> _flags;

    private KmSettings(string path, Dictionary<string, string> file, Func<string, string?> environment, Dictionary<string, string> flags)
    {
        _path = path;
        _file = file;
        _environment = environment;
        _flags = flags;
    }

    /// <summary>All that there are.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [Endpoint, CredentialHelper, EntitlementRefresh, TestStart, AuditWitness, HostLinger, PluginLogs];

    /// <summary>Reads the user's file.</summary>
    /// <param name="path"><c>km.json</c>; it need not be there.</param>
    /// <param name="environment">Looks up a variable; null: the process's.</param>
    /// <param name="flags">What the command line says, by name.</param>
    /// <exception cref="KmException"><c>CFG_FIL_001</c>: it cannot be read, or says something unknown.</exception>
    public static KmSettings Read(
        string path,
        Func<string, string?>? environment = null,
        IReadOnlyDictionary<string, string>? flags = null
    ) => new(path, ReadFile(path), environment ?? Environment.GetEnvironmentVariable, new(flags ?? new Dictionary<string, string>()));

    /// <summary>A setting's value.</summary>
    /// <exception cref="KmException"><c>CFG_FIL_001</c>: the value is out of its range.</exception>
    public SettingValue Get(Setting setting)
    {
        var found = Find(setting);
        return setting.Check(found.Value) is { } why
            ? throw Invalid(
                $"The setting {setting.Name} is '{found.Value}'",
                $"It must be {why}; set by: {found.Source}",
                $"See: km config show"
            )
            : found;
    }

    /// <summary>The value without checking it: for showing it.</summary>
    public SettingValue Find(Setting setting)
    {
        if (_flags.TryGetValue(setting.Name, out var flag))
            return new(setting, flag, "flag");
        foreach (var variable in setting.Variables)
            if (WrittenText.Trim(_environment(variable)) is { Length: > 0 } value)
                return new(setting, value, variable);
        return _file.TryGetValue(setting.Name, out var written)
            ? new(setting, WrittenText.Trim(written), _path)
            : new(setting, setting.Default, "default");
    }

    /// <summary>Writes a setting into the user's file.</summary>
    /// <param name="path"><c>km.json</c>.</param>
    /// <param name="name">The setting.</param>
    /// <param name="value">Its value; null: back to the default.</param>
    /// <exception cref="KmException"><c>CFG_FIL_001</c>: there is no such setting, the value is out of its range, or the file cannot be written.</exception>
    public static void Write(string path, string name, string? value)
    {
        var setting = All.FirstOrDefault(setting => setting.Name == name)
            ?? throw Invalid(
                $"There is no setting '{name}'",
                $"Settings are: {string.Join(", ", All.Select(setting => setting.Name))}",
                "See: km config show"
            );
        if (value is not null && setting.Check(value) is { } why)
            throw Invalid($"'{value}' is not a value of {name}", $"It must be {why}.", "See: km config show");
        var file = ReadFile(path);
        if (value is null)
            file.Remove(name);
        else
            file[name] = value;
        try
        {
            PrivateFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(file, SettingsJsonContext.Default.DictionaryStringString));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"{path} cannot be written", e.Message, "Check its permissions.");
        }
    }

    private static Dictionary<string, string> ReadFile(string path)
    {
        try
        {
            var content = WrittenText.WithoutMark(PrivateFile.ReadTrusted(path, MaxFile).AsSpan());
            var file = JsonSerializer.Deserialize(content, SettingsJsonContext.Default.DictionaryStringString)
                ?? throw new JsonException("null is not a configuration");
            return file.Keys.FirstOrDefault(name => All.All(setting => setting.Name != name)) is { } unknown
                ? throw Invalid(
                    $"{path} has an unknown setting '{unknown}'",
                    $"Settings are: {string.Join(", ", All.Select(setting => setting.Name))}",
                    "Remove it."
                )
                : file;
        }
        catch (Exception e) when (e is FileNotFoundException || (e is IOException && !Path.Exists(path)))
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw Invalid($"{path} cannot be read", e.Message, "Correct it, or remove it.");
        }
    }

    private static KmException Invalid(string summary, string detail, string hint) =>
        new(new KmError(ErrorCode.InvalidConfiguration, summary, detail, hint));
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, WriteIndented = true, MaxDepth = 4)]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class SettingsJsonContext : JsonSerializerContext;
