using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using System.Text.Json.Nodes;
using Kilometers.Api.Administration;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events;
using Kilometers.Api.Storage;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Api.Hosting;

/// <summary>
/// <c>km-api serve | migrate | health | keys | admin</c>. A command's action gives the exit status, or throws; what it throws is printed here, in the
/// looks and with the status of km.
/// </summary>
internal static class CommandLine
{
    private const string Section = "KmApi";
    private const string EnvironmentPrefix = "KM_API__";
    private const int Cancelled = 130;

    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    public static async Task<int> InvokeAsync(string[] arguments, TimeProvider time)
    {
        using var errors = new StandardError();
        var result = Create(errors, time).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0 && result.Action is not HelpAction)
            return Report(Misuse.Explain(result, "km-api"));

        try
        {
            return await result
                .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null })
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Cancelled;
        }
        catch (Exception e)
        {
            return Report(StartFaults.Explain(e));
        }

        int Report(KmError error)
        {
            ErrorData.Print(arguments, error);
            return errors.Report(error);
        }
    }

    /// <summary>For commands whose answer may be data.</summary>
    internal static Option<bool> Json() => new("--json") { Description = "Print JSON." };

    /// <summary>Prints an answer: words, or the same as data.</summary>
    internal static void Print(bool isJson, string words, JsonObject data) =>
        Console.Out.WriteLine(isJson ? data.ToJsonString(AdminConnection.Indented) : words);

    /// <summary>All commands.</summary>
    internal static RootCommand Create(StandardError errors, TimeProvider time)
    {
        var data = new Option<string>("--data")
        {
            Description = "The folder of this node. Default: ./km-api-data.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "km-api-data",
            Recursive = true,
        };
        var config = new Option<string?>("--config")
        {
            Description = "The configuration file. Default: ./appsettings.json, if it is there.",
            HelpName = "FILE",
            Recursive = true,
        };
        var urls = new Option<string?>("--urls") { Description = "Where to listen. Default: http://127.0.0.1:5080.", HelpName = "URL" };
        var development = new Option<bool>("--dev")
        {
            Description = "Make a customer per tier, print their keys once, and sign plugins with keys for development.",
        };
        ApiOptions Read(ParseResult parsed)
        {
            var settings = new Settings(Configuration(parsed.GetValue(config)).Ours);
            var options = ApiOptions.Read(settings, parsed.GetValue(data)!, parsed.GetValue(urls), parsed.GetValue(development));
            settings.RefuseUnknown();
            return options;
        }

        Task Serve(ParseResult parsed, CancellationToken cancellationToken) =>
            ApiServer.RunAsync(Read(parsed), Configuration(parsed.GetValue(config)).All, Console.Out, time, cancellationToken);
        var serve = new Command("serve", "Run the server (this is what km-api does without a command).") { urls, development };
        serve.SetAction(Serve);
        var migrate = new Command(
            "migrate",
            "Bring the database to the version of this km-api. Safe to run at any time, on several nodes at once."
        );
        var migrateJson = Json();
        migrate.Options.Add(migrateJson);
        migrate.SetAction((parsed, cancellationToken) => MigrateAsync(Read(parsed), parsed.GetValue(migrateJson), time, cancellationToken));
        var versionJson = Json();
        var version = new Command("version", "Print the version of km-api.") { versionJson };
        version.SetAction(parsed => Print(parsed.GetValue(versionJson), $"km-api {Version}", new() { ["version"] = Version }));
        var root = new RootCommand("The Kilometers API server: customers, entitlements, packages, events.")
        {
            data,
            config,
            urls,
            development,
            serve,
            migrate,
            HealthCommand.Create(parsed => Read(parsed).Urls),
            NodeKeys.CreateCommand(Read, time),
            AdminCommand.Create(errors),
            version,
        };
        root.SetAction(Serve);
        return root;
    }

    private static async Task MigrateAsync(ApiOptions options, bool isJson, TimeProvider time, CancellationToken cancellationToken)
    {
        if (options.IsEmbeddedDatabase)
            Files.PrivateFile.CreateDirectory(options.DataFolder);
        var (before, after) = await new SchemaMigration(options.Database)
            .RunAsync(SchemaMigration.Newest, cancellationToken)
            .ConfigureAwait(false);
        var events = EventServices.CreateStore(options.Database, time);
        await events.MigrateAsync(cancellationToken).ConfigureAwait(false);
        if (events is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else
            (events as IDisposable)?.Dispose();
        Print(
            isJson,
            before == after ? $"Version {after} already" : $"From version {before} to {after}",
            new() { ["before"] = before, ["after"] = after }
        );
    }

    private static (IConfiguration All, IConfiguration Ours) Configuration(string? file)
    {
        try
        {
            var all = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file ?? "appsettings.json"), optional: file is null).Build();
            return (
                all,
                new ConfigurationBuilder().AddConfiguration(all.GetSection(Section)).AddEnvironmentVariables(EnvironmentPrefix).Build()
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.ApiConfiguration,
                    "The configuration file cannot be read",
                    e.InnerException?.Message ?? e.Message,
                    "Check --config"
                )
            );
        }
    }
}
