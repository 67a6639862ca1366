using System.CommandLine;
using System.Text.Json.Nodes;
using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Customers;
using Kilometers.Api.Http;
using Kilometers.Api.Keys;
using Kilometers.Api.Storage;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Api.Hosting;

/// <summary><c>km-api keys init</c>: what all nodes must have alike, made before the first of them starts.</summary>
internal static class NodeKeys
{
    private const string Help = """
        Make the secrets that all nodes share: key-hash.secret, operator.key, and the first issuer's key. What is there is left as it is.

        Run it once, on a migrated database, and bring what it names to every node before you start them. A node that starts alone does the
        same by itself.
        """;

    public static Command CreateCommand(Func<ParseResult, ApiOptions> read, TimeProvider time)
    {
        var json = CommandLine.Json();
        var init = new Command("init", Help) { json };
        init.SetAction((parsed, cancellationToken) => InitAsync(read(parsed), parsed.GetValue(json), time, cancellationToken));
        return new Command("keys", "The secrets of this API.") { init };
    }

    private static async Task<int> InitAsync(ApiOptions options, bool isJson, TimeProvider time, CancellationToken cancellationToken)
    {
        using var held = DataFolder.Take(options.DataFolder, isJson ? Console.Error.WriteLine : Console.Out.WriteLine);
        await using var services = new ServiceCollection()
            .AddSingleton(options)
            .AddSingleton(options.Limits)
            .AddSingleton(time)
            .AddLogging()
            .AddSingleton<ApiAudit>()
            .AddStorage(options.Database)
            .AddSingleton<ServerSecret>()
            .AddSingleton<SharedSecrets>()
            .AddSingleton<IssuerKeys>()
            .BuildServiceProvider();
        var migration = services.GetRequiredService<SchemaMigration>();
        if (options.IsEmbeddedDatabase)
        {
            if (!File.Exists(options.EmbeddedFile))
                PrivateFile.WriteNew(options.EmbeddedFile, []);
            await migration.RunAsync(SchemaMigration.Newest, cancellationToken).ConfigureAwait(false);
        }

        await migration.CheckAsync(cancellationToken).ConfigureAwait(false);
        var secrets = services.GetRequiredService<SharedSecrets>();
        await secrets.CheckAsync(cancellationToken).ConfigureAwait(false);
        if (secrets.IsOther)
            throw new KmException(
                new KmError(
                    ErrorCode.ApiConfiguration,
                    "The secret of key hashes is not the one of the other nodes",
                    $"{options.Secrets.KeyHashFile} is another one than the database knows.",
                    "Bring theirs here, or name it by KeyHashFile"
                )
            );
        var issuers = services.GetRequiredService<IssuerKeys>();
        var (key, isNew) = await issuers.EnsureAsync(cancellationToken).ConfigureAwait(false);
        issuers.Open(key.Id).Dispose();
        CommandLine.Print(
            isJson,
            $"""
            {(isNew ? "Made" : "Found")} the issuer's key {key.Id}
            Every node needs the same:
              {options.Secrets.KeyHashFile}
              {options.Secrets.OperatorKeyFile}
              {issuers.FileOf(key.Id)}
            """,
            new()
            {
                ["issuerKey"] = key.Id,
                ["isNew"] = isNew,
                ["files"] = new JsonArray(options.Secrets.KeyHashFile, options.Secrets.OperatorKeyFile, issuers.FileOf(key.Id)),
            }
        );
        return 0;
    }
}
