using System.CommandLine;
using System.Data.Common;
using Kilometers.Api.Administration;
using Kilometers.Api.Events;
using Kilometers.Api.Storage;
using Kilometers.Contracts;

namespace Kilometers.Api.Hosting;

/// <summary><c>km-api serve | migrate | admin</c>.</summary>
internal static class CommandLine
{
    private const string Section = "KmApi";
    private const string EnvironmentPrefix = "KM_API__";

    public static async Task<int> InvokeAsync(string[] arguments, TimeProvider time)
    {
        try
        {
            return await Create(time).Parse(arguments).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }).ConfigureAwait(false);
        }
        catch (KmException e)
        {
            Report(e.Error);
            return 1;
        }
        catch (DbException e)
        {
            Report(new KmError(ErrorCode.ApiConfiguration, "The database cannot be used", e.Message, "Check Database:ConnectionString, and that the database is there"));
            return 1;
        }
        catch (IOException e)
        {
            Report(new KmError(ErrorCode.ApiConfiguration, "The server cannot start", e.Message, "Check --urls and --data"));
            return 1;
        }
    }

    private static RootCommand Create(TimeProvider time)
    {
        var data = new Option<string>("--data") { Description = "The folder of this node. Default: ./km-api-data.", HelpName = "DIR", DefaultValueFactory = _ => "km-api-data", Recursive = true };
        var config = new Option<string?>("--config") { Description = "The configuration file. Default: ./appsettings.json, if it is there.", HelpName = "FILE", Recursive = true };
        var urls = new Option<string?>("--urls") { Description = "Where to listen. Default: http://127.0.0.1:5080.", HelpName = "URL" };
        var development = new Option<bool>("--dev") { Description = "Make a customer per tier, print their keys once, and sign plugins with keys for development." };
        ApiOptions Read(ParseResult parsed)
        {
            var settings = new Settings(Configuration(parsed.GetValue(config)).Ours);
            var options = ApiOptions.Read(settings, parsed.GetValue(data)!, parsed.GetValue(urls), parsed.GetValue(development));
            settings.RefuseUnknown();
            return options;
        }

        Task Serve(ParseResult parsed, CancellationToken cancellationToken) => ApiServer.RunAsync(Read(parsed), Configuration(parsed.GetValue(config)).All, Console.Out, time, cancellationToken);
        var serve = new Command("serve", "Run the server (this is what km-api does without a command).") { urls, development };
        serve.SetAction(Serve);
        var migrate = new Command("migrate", "Bring the database to the version of this km-api. Safe to run at any time, on several nodes at once.");
        migrate.SetAction(async (parsed, cancellationToken) =>
        {
            var options = Read(parsed);
            if (options.IsEmbeddedDatabase) Files.PrivateFile.CreateDirectory(options.DataFolder);
            var (before, after) = await new SchemaMigration(options.Database).RunAsync(SchemaMigration.Newest, cancellationToken).ConfigureAwait(false);
            var events = EventServices.CreateStore(options.Database, time);
            await events.MigrateAsync(cancellationToken).ConfigureAwait(false);
            if (events is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync().ConfigureAwait(false);
            else (events as IDisposable)?.Dispose();
            await Console.Out.WriteLineAsync(before == after ? $"Version {after} already" : $"From version {before} to {after}").ConfigureAwait(false);
        });
        var root = new RootCommand("The Kilometers API server: customers, entitlements, packages, events.") { data, config, urls, development, serve, migrate, AdminCommand.Create() };
        root.SetAction(Serve);
        return root;
    }

    private static (IConfiguration All, IConfiguration Ours) Configuration(string? file)
    {
        try
        {
            var all = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file ?? "appsettings.json"), optional: file is null).Build();
            return (all, new ConfigurationBuilder().AddConfiguration(all.GetSection(Section)).AddEnvironmentVariables(EnvironmentPrefix).Build());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KmException(new KmError(ErrorCode.ApiConfiguration, "The configuration file cannot be read", e.InnerException?.Message ?? e.Message, "Check --config"));
        }
    }

    private static void Report(KmError error)
    {
        Console.Error.WriteLine($"Error: {error.Summary} [{error.Code}]");
        if (error.Detail is { } detail) Console.Error.WriteLine($"   {detail}");
        if (error.Hint is { } hint) Console.Error.WriteLine($"Hint: {hint}");
    }
}
