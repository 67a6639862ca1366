using System.CommandLine;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packager.Scaffolding;

namespace Kilometers.Packager.Commands;

/// <summary><c>kmpkg new</c>: makes a plugin project that builds, passes its tests and runs.</summary>
internal static class NewCommand
{
    private const string Help = """
        Make a plugin project that builds, passes its own tests and runs under `km monitor --dev-plugin`.

        Examples:
          kmpkg new my-logger
          kmpkg new my-logger --offline
          kmpkg new my-logger --lang go --output src/my-logger
        """;

    public static Command Create()
    {
        var name = new Argument<string>("NAME")
        {
            Description = "The plugin's name: 2 to 63 lower-case letters, digits and '-', the first a letter.",
        };
        var language = new Option<ProjectLanguage>("--lang")
        {
            Description = "csharp or go. Default: csharp.",
            HelpName = "LANGUAGE",
            CustomParser = result => Language(result.Tokens[0].Value, result.AddError),
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The project's folder, empty or not there yet. Default: the name.",
            HelpName = "DIR",
        };
        var sdk = new Option<string?>("--sdk")
        {
            Description =
                "The checkout of Kilometers whose SDK a C# project references. Default: the one that kmpkg or the current directory lies in; without any, the package.",
            HelpName = "CHECKOUT",
        };
        var offline = new Option<bool>("--offline")
        {
            Description = "Reference the SDK package that came with kmpkg, and take it and what it needs from there. Not with --sdk.",
        };
        var command = new Command("new", Help) { name, language, output, sdk, offline };
        command.Validators.Add(result =>
        {
            if (result.GetValue(offline) && result.GetValue(sdk) is not null)
                result.AddError("--offline and --sdk contradict each other");
        });
        command.SetAction(parsed =>
            Run(
                parsed.GetValue(name)!,
                parsed.GetResult(language) is null ? ProjectLanguage.CSharp : parsed.GetValue(language),
                parsed.GetValue(output),
                parsed.GetValue(sdk),
                parsed.GetValue(offline)
            )
        );
        return command;
    }

    private static ProjectLanguage Language(string text, Action<string> refuse)
    {
        var language = text switch
        {
            "csharp" => ProjectLanguage.CSharp,
            "go" => ProjectLanguage.Go,
            _ => ProjectLanguage.Unknown,
        };
        if (language == ProjectLanguage.Unknown)
            refuse($"--lang: '{text}' is neither csharp nor go");
        return language;
    }

    private static int Run(string name, ProjectLanguage language, string? output, string? checkout, bool isOffline)
    {
        if (!PluginName.IsValid(name) || PluginName.IsReserved(name))
        {
            throw new KmException(
                new KmError(
                    ErrorCode.InvalidArguments,
                    "That is not a plugin name, or a reserved one",
                    Hint: "A name is 2 to 63 lower-case letters, digits and '-', and starts with a letter: my-logger"
                )
            );
        }

        var sdk =
            language != ProjectLanguage.CSharp ? SdkSource.Package
            : isOffline ? SdkSource.Carried()
            : SdkSource.Find(checkout);
        var folder = output ?? name;
        ProjectWriter.Write(folder, ProjectTemplate.Fill(name, language, sdk));
        Console.Out.WriteLine($"Made the plugin {name} in {folder}. Next:");
        Console.Out.WriteLine($"  cd {folder}");
        Console.Out.WriteLine(
            language == ProjectLanguage.Go
                ? "  ./build.sh && ./build.sh test"
                : "  dotnet build -c Release -o out && dotnet run --project tests"
        );
        Console.Out.WriteLine($"  kmpkg test out/km-plugin-{name}");
        return 0;
    }
}
