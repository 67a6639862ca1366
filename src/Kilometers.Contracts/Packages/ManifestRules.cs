using System.Globalization;
using System.Text;

namespace Kilometers.Contracts.Packages;

/// <summary>What must hold for a manifest beyond its JSON form.</summary>
public static class ManifestRules
{
    /// <summary>The most files in a payload.</summary>
    public const int MaxFiles = 2000;

    /// <summary>The largest payload, compressed, in bytes.</summary>
    public const long MaxPayload = 512L << 20;

    /// <summary>The largest sum of all files, in bytes.</summary>
    public const long MaxContent = 2L << 30;

    private const int MaxSettings = 64;
    private const long MiB = 1 << 20;
    private static readonly string[] Categories = ["logging", "analytics", "security", "integration"];
    private static readonly string[] ReservedNames = ["con", "prn", "aux", "nul", "com", "lpt", "conin$", "conout$"];

    /// <summary>Checks a manifest.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <returns>What is wrong, one sentence each; empty if nothing is.</returns>
    public static IReadOnlyList<string> Check(PluginManifest manifest)
    {
        var faults = new List<string>(Check((PluginDescription)manifest));
        void Require(bool holds, string fault)
        {
            if (!holds)
                faults.Add(fault);
        }

        Require(manifest.Os is "linux" or "macos" or "windows", "os is linux, macos or windows");
        Require(manifest.Arch is "x64" or "arm64", "arch is x64 or arm64");
        Require(manifest.PayloadSize is > 0 and <= MaxPayload, $"payloadSize is 1 to {MaxPayload}");
        CheckFiles(manifest, Require);
        if (manifest.Customer is { } customer)
        {
            Require(IsId(customer.Id), "customer.id is 1 to 64 letters, digits, '_' and '-'");
            Require(IsId(customer.BuildId), "customer.buildId is 1 to 64 letters, digits, '_' and '-'");
            Require(IsId(customer.KeyId), "customer.keyId is 1 to 64 letters, digits, '_' and '-'");
        }

        Require(IsText(manifest.Build.Source, 0, 300), "build.source is at most 300 printable characters");
        Require(
            manifest.Build.Commit.Length <= 64 && manifest.Build.Commit.All(char.IsAsciiHexDigitLower),
            "build.commit is at most 64 lower-case hexadecimal digits"
        );
        return faults;
    }

    /// <summary>Checks what an author wrote.</summary>
    /// <param name="plugin">The description.</param>
    /// <returns>What is wrong, one sentence each; empty if nothing is.</returns>
    public static IReadOnlyList<string> Check(PluginDescription plugin)
    {
        var faults = new List<string>();
        void Require(bool holds, string fault)
        {
            if (!holds)
                faults.Add(fault);
        }

        Require(PluginName.IsValid(plugin.Name), "name is 2 to 63 lower-case letters, digits and '-', and starts with a letter");
        Require(!PluginName.IsValid(plugin.Name) || !PluginName.IsReserved(plugin.Name), $"name is not {plugin.Name}, which is reserved");
        Require(SemanticVersion.TryParse(plugin.Version, out _), "version is SemVer, like 1.0.0");
        Require(plugin.ReleaseSequence is >= 1 and <= 1L << 53, "releaseSequence is 1 or more");
        Require(IsText(plugin.Description, 1, 500), "description is 1 to 500 printable characters");
        Require(IsText(plugin.Author, 1, 200), "author is 1 to 200 printable characters");
        Require(Categories.Contains(plugin.Category), "category is logging, analytics, security or integration");
        Require(TierText.TryParse(plugin.RequiredTier, out _), "requiredTier is Free, Pro or Enterprise");
        Require(
            plugin.Features.Count <= 64 && plugin.Features.All(IsFeature) && AreDistinct(plugin.Features),
            "features are distinct, lower-case words joined by '_'"
        );
        Require(
            plugin.ProtocolVersions.Count is >= 1 and <= 16
                && plugin.ProtocolVersions.All(version => version is >= 1 and <= 1000)
                && plugin.ProtocolVersions.Distinct().Count() == plugin.ProtocolVersions.Count,
            "protocolVersions are 1 to 16 distinct numbers"
        );
        var hasMinimum = SemanticVersion.TryParse(plugin.MinimumCliVersion, out var minimum);
        Require(hasMinimum, "minimumCliVersion is SemVer");
        if (plugin.MaximumCliVersion is not null)
            Require(
                SemanticVersion.TryParse(plugin.MaximumCliVersion, out var maximum) && (minimum is null || maximum >= minimum),
                "maximumCliVersion is SemVer and not below minimumCliVersion"
            );
        Require(IsPath(plugin.Entrypoint), "entrypoint is a plain relative path");
        Require(
            plugin.Capabilities.Network.Count <= 64
                && plugin.Capabilities.Network.All(NetworkEntry.IsValid)
                && AreDistinct(plugin.Capabilities.Network),
            $"capabilities.network has distinct entries of the form host:port, {NetworkEntry.KilometersApi} or setting:NAME"
        );
        Require(
            !plugin.Capabilities.Intercept
                || (plugin.Features.Contains(PluginCapabilities.InterceptFeature) && plugin.ProtocolVersions.Contains(2)),
            $"capabilities.intercept needs the feature {PluginCapabilities.InterceptFeature} among features, and protocol version 2"
        );
        Require(plugin.Limits.MemoryBytes is null or (>= 16 * MiB and <= 16384 * MiB), "limits.memoryBytes is 16 MiB to 16 GiB");
        Require(plugin.Limits.CpuPercent is null or (>= 1 and <= 6400), "limits.cpuPercent is 1 to 6400");
        Require(plugin.Limits.OpenFiles is null or (>= 64 and <= 65536), "limits.openFiles is 64 to 65536");
        CheckSettings(plugin.Settings ?? [], Require);
        foreach (var setting in plugin.Capabilities.Network.Select(NetworkEntry.SettingOf).OfType<string>())
            Require(
                plugin.Settings is null || plugin.Settings.Any(one => one?.Name == setting),
                $"capabilities.network names a setting that settings declare: {setting}"
            );
        Require(plugin.Delivery is "best_effort" or "guaranteed", "delivery is best_effort or guaranteed");
        return faults;
    }

    /// <summary>Whether a path may stand in a payload: it means the same file, and only that, on every system.</summary>
    /// <param name="path">The path.</param>
    /// <returns>True for at most 100 ASCII letters, digits and <c>._+-</c> in parts joined by <c>/</c>; no part is empty, begins or ends with a dot, or is a device on Windows.</returns>
    public static bool IsPath(string? path) => path is { Length: >= 1 and <= 100 } && path.Split('/').All(IsPathPart);

    /// <summary>Whether a text is an identifier of a customer, a build or a key.</summary>
    /// <param name="text">The text.</param>
    /// <returns>True for 1 to 64 ASCII letters, digits, <c>_</c> and <c>-</c>.</returns>
    public static bool IsId(string? text) =>
        text is { Length: >= 1 and <= 64 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static void CheckSettings(IReadOnlyList<PluginSetting> settings, Action<bool, string> require)
    {
        require(settings.Count <= MaxSettings, $"settings are at most {MaxSettings}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var setting in settings.Take(MaxSettings))
        {
            // The JSON reader does not look at the nullability of elements.
            if (setting is null || !PluginSetting.IsName(setting.Name))
            {
                require(false, "every setting's name is lower-case words joined by '_'");
                return;
            }

            require(names.Add(setting.Name), $"no two settings have the same name: {setting.Name}");
            require(
                setting.Type is "text" or "number" or "boolean" or "choice",
                $"settings: type of {setting.Name} is text, number, boolean or choice"
            );
            require(IsText(setting.Description, 1, 300), $"settings: description of {setting.Name} is 1 to 300 printable characters");
            require(
                setting.Type == "choice"
                    ? setting.Values is { Count: >= 2 and <= 32 } values && values.All(value => IsText(value, 1, 64)) && AreDistinct(values)
                    : setting.Values is null,
                $"settings: values of {setting.Name} are 2 to 32 distinct texts of a choice"
            );
            require(
                setting.Type == "number" || (setting.Minimum ?? setting.Maximum) is null,
                $"settings: minimum and maximum of {setting.Name} are those of a number"
            );
            require(!(setting.Minimum > setting.Maximum), $"settings: minimum of {setting.Name} is not above maximum");
            require(
                setting.Unit is null || IsText(setting.Unit, 1, 32),
                $"settings: unit of {setting.Name} is 1 to 32 printable characters"
            );
            require(
                setting.Default is null || (IsText(setting.Default, 1, 300) && setting.Allows(setting.Default)),
                $"settings: default of {setting.Name} is what the setting can be"
            );
        }
    }

    private static void CheckFiles(PluginManifest manifest, Action<bool, string> require)
    {
        require(manifest.Files.Count is >= 1 and <= MaxFiles, $"files are 1 to {MaxFiles}");
        var paths = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var total = 0L;
        foreach (var file in manifest.Files.Take(MaxFiles))
        {
            // The JSON reader does not look at the nullability of elements.
            if (file is null || !IsPath(file.Path))
            {
                require(false, "every file's path is plain and relative");
                return;
            }

            require(paths.Add(file.Path), $"no two files have the same path, not even by case: {file.Path}");
            require(
                file.Sha256.Length == 64 && file.Sha256.All(char.IsAsciiHexDigitLower),
                $"sha256 of {file.Path} is 64 lower-case hexadecimal digits"
            );
            require(file.Size is >= 0 and <= MaxContent, $"size of {file.Path} is 0 to {MaxContent}");
            require(file.Mode is "0644" or "0755", $"mode of {file.Path} is 0644 or 0755");
            total += Math.Clamp(file.Size, 0, MaxContent);
        }

        require(total <= MaxContent, $"all files together have at most {MaxContent} bytes");
        foreach (var path in paths)
        {
            for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
                require(!paths.Contains(path[..slash]), $"{path[..slash]} is not a file and a folder at once");
        }

        require(
            manifest.Files.Any(file => file?.Path == manifest.Entrypoint && file?.Mode == "0755"),
            "entrypoint is one of the files, with mode 0755"
        );
    }

    private static bool IsPathPart(string part)
    {
        if (
            part.Length == 0
            || part[0] == '.'
            || part[^1] == '.'
            || !part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '+' or '-')
        )
            return false;
        var stem = part.Split('.')[0].ToLowerInvariant();
        return !ReservedNames.Contains(stem) && !(stem.Length == 4 && char.IsAsciiDigit(stem[3]) && ReservedNames.Contains(stem[..3]));
    }

    private static bool IsText(string text, int shortest, int longest) =>
        text.Length >= shortest
        && text.Length <= longest
        && text.EnumerateRunes()
            .All(rune =>
                Rune.GetUnicodeCategory(rune)
                    is not (
                        UnicodeCategory.Control
                        or UnicodeCategory.Format
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
                        or UnicodeCategory.PrivateUse
                        or UnicodeCategory.OtherNotAssigned
                    )
            );

    private static bool IsFeature(string? text) =>
        text is { Length: >= 1 and <= 64 }
        && char.IsAsciiLetterLower(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    private static bool AreDistinct(IReadOnlyList<string> texts) => texts.Distinct(StringComparer.Ordinal).Count() == texts.Count;
}
