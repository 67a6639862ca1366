using System.Reflection;
using System.Security;
using System.Text;
using Kilometers.Contracts;

namespace Kilometers.Packager.Scaffolding;

/// <summary>
/// Where a new C# project gets the SDK from: the source of a checkout of Kilometers, or, where there is none, the package; from a feed, or from
/// the folder of packages that comes with kmpkg.
/// </summary>
internal sealed class SdkSource
{
    private const string Project = "src/Kilometers.Plugin.Sdk/Kilometers.Plugin.Sdk.csproj";
    private const string Targets = "buildTransitive/Kilometers.Plugin.Sdk.targets";

    /// <summary>Everything of a version is released together, so the SDK's is that of this program.</summary>
    public static readonly string Version = typeof(SdkSource)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion
        ?? "0.0.0";

    private SdkSource(string? project, string? packages = null)
    {
        ProjectFile = project;
        PackageFolder = packages;
    }

    /// <summary>The folder that has the package and what it needs; null: the user's feeds have them.</summary>
    public string? PackageFolder { get; }

    /// <summary>The SDK's project file, an absolute path; null: the package is used.</summary>
    public string? ProjectFile { get; }

    /// <summary>The reference in the project file.</summary>
    public string ProjectItem =>
        ProjectFile is null
            ? $"""<PackageReference Include="Kilometers.Plugin.Sdk" Version="{Version}" />"""
            : $"""<ProjectReference Include="{Escape(ProjectFile)}" />""";

    /// <summary>The import of what the SDK sets in a plugin's build; null: NuGet imports it from the package.</summary>
    public string? ProjectImport =>
        ProjectFile is null ? null : $"""<Import Project="{Escape(Path.Combine(Path.GetDirectoryName(ProjectFile)!, Targets))}" />""";

    /// <summary>
    /// What makes NuGet take the plugin's packages from <see cref="PackageFolder"/> and ask no feed: a property of the project, because a
    /// nuget.config would take the feeds from the tests too. Empty where the user's own feeds are asked.
    /// </summary>
    public string PluginProperty => Property("RestoreSources");

    /// <summary>The same for the tests, which need the user's feeds as well.</summary>
    public string TestsProperty => Property("RestoreAdditionalProjectSources");

    /// <summary>What the project's README says about it.</summary>
    public string Note =>
        PackageFolder is not null
            ? $"The project references the package `Kilometers.Plugin.Sdk`, version {Version}, and takes it from the folder that came with\n"
                + "kmpkg. To use your package feeds, and other packages, delete `RestoreSources` and `RestoreAdditionalProjectSources` from the project files."
        : ProjectFile is null
            ? $"The project references the package `Kilometers.Plugin.Sdk`, version {Version}. If it is on none of your package feeds, make the project with\n"
                + $"`kmpkg new --offline`, or reference the project `{Project}` of a checkout of Kilometers: `kmpkg new --sdk CHECKOUT` does that."
        : "The SDK is not on a package feed yet: the project references its source in a checkout of Kilometers, by an absolute path. Elsewhere, correct\n"
            + "the path in the project file, which has it twice. Once there is a package, delete the import, and replace the reference by\n"
            + $"`<PackageReference Include=\"Kilometers.Plugin.Sdk\" Version=\"{Version}\" />`.";

    /// <summary>The package.</summary>
    public static SdkSource Package { get; } = new(null);

    /// <summary>The packages that came with this program.</summary>
    /// <exception cref="KmException">None did.</exception>
    public static SdkSource Carried() => Carried(Path.Combine(AppContext.BaseDirectory, "sdk"));

    /// <param name="folder">Where they are.</param>
    internal static SdkSource Carried(string folder) =>
        File.Exists(Path.Combine(folder, $"Kilometers.Plugin.Sdk.{Version}.nupkg"))
            ? new SdkSource(null, folder)
            : throw new KmException(
                new KmError(
                    ErrorCode.InvalidArguments,
                    "No SDK came with this kmpkg",
                    $"{folder} has no package Kilometers.Plugin.Sdk {Version}.",
                    "Leave out --offline to use your package feeds, or name a checkout of Kilometers: --sdk CHECKOUT"
                )
            );

    /// <summary>Finds the source of the SDK.</summary>
    /// <param name="checkout">A checkout that the user names; null: the one that kmpkg or the current directory lies in, if any.</param>
    /// <returns>Where the SDK comes from.</returns>
    /// <exception cref="KmException">The checkout named is none.</exception>
    public static SdkSource Find(string? checkout)
    {
        if (checkout is not null)
        {
            return In(Path.GetFullPath(checkout))
                ?? throw new KmException(
                    new KmError(
                        ErrorCode.InvalidArguments,
                        $"--sdk: '{checkout}' is not a checkout of Kilometers",
                        $"There is no {Project} in it.",
                        "Name the folder that holds Km.slnx."
                    )
                );
        }

        string[] starts =
        [
            AppContext.BaseDirectory,
            Path.GetDirectoryName(Environment.ProcessPath) ?? AppContext.BaseDirectory,
            Environment.CurrentDirectory,
        ];
        return starts.Select(Above).FirstOrDefault(found => found is not null) ?? Package;
    }

    private string Property(string name) => PackageFolder is null ? "" : $"\n    <{name}>{Escape(PackageFolder)}</{name}>";

    private static SdkSource? Above(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            if (In(current.FullName) is { } found)
                return found;
        }

        return null;
    }

    private static SdkSource? In(string folder)
    {
        var path = Path.Combine(folder, Project);
        return File.Exists(path) ? new SdkSource(path) : null;
    }

    /// <summary>A path as MSBuild and XML read it: some characters that may stand in a path have a meaning for either.</summary>
    private static string Escape(string path)
    {
        var text = new StringBuilder();
        foreach (var c in path)
        {
            if (c is '%' or '$' or '@' or '\'' or ';' or '?' or '*' or '(' or ')')
                text.Append('%').Append(((int)c).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            else
                text.Append(c);
        }

        return SecurityElement.Escape(text.ToString());
    }
}
