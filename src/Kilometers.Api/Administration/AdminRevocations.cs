using System.CommandLine;
using System.Text.Json.Nodes;
using Kilometers.Contracts;

namespace Kilometers.Api.Administration;

/// <summary><c>km-api admin revocations</c>.</summary>
internal static class AdminRevocations
{
    public static Command Create(AdminConnection connection)
    {
        var leaf = new Option<string[]>("--leaf") { Description = "The serial number of a signer's certificate.", HelpName = "SERIAL" };
        var package = new Option<string[]>("--package") { Description = "SHA-256 of a payload.", HelpName = "DIGEST" };
        var plugin = new Option<string?>("--plugin")
        {
            Description = "A plugin; all its versions, unless --from or --to says which.",
            HelpName = "NAME",
        };
        var from = new Option<string?>("--from") { Description = "The lowest revoked version of --plugin.", HelpName = "VERSION" };
        var to = new Option<string?>("--to") { Description = "The highest revoked version of --plugin.", HelpName = "VERSION" };
        var renew = new Option<bool>("--renew") { Description = "Revoke nothing new; only the list's date is later." };
        var add = new Command("add", "Sign and publish the next revocation list.") { leaf, package, plugin, from, to, renew };
        add.Validators.Add(result =>
        {
            if (
                (result.GetValue(leaf) ?? []).Length == 0
                && (result.GetValue(package) ?? []).Length == 0
                && result.GetValue(plugin) is null
                && !result.GetValue(renew)
            )
                result.AddError("Nothing to revoke: --leaf, --package or --plugin; or --renew");
            if (result.GetValue(plugin) is null && (result.GetValue(from) ?? result.GetValue(to)) is not null)
                result.AddError("--from and --to belong to --plugin");
        });
        add.SetAction(
            (parsed, cancellationToken) =>
                connection.PostAsync(
                    parsed,
                    "revocations",
                    new JsonObject
                    {
                        ["certificates"] = AdminConnection.Array(parsed.GetValue(leaf)),
                        ["payloads"] = AdminConnection.Array(parsed.GetValue(package)),
                        ["versions"] = parsed.GetValue(plugin) is { } name
                            ? new JsonArray(
                                new JsonObject
                                {
                                    ["name"] = name,
                                    ["from"] = parsed.GetValue(from),
                                    ["to"] = parsed.GetValue(to),
                                }
                            )
                            : new JsonArray(),
                    },
                    cancellationToken
                )
        );
        var show = new Command("show", "What the newest list revokes.");
        show.SetAction((parsed, cancellationToken) => connection.GetAsync(parsed, "revocations", AdminView.Record, cancellationToken));
        var file = new Argument<string>("FILE") { Description = "revocations.json, as kmpkg keys revoke writes it." };
        var import = new Command("import", "Publish a list that was signed elsewhere.") { file };
        import.SetAction(
            async (parsed, cancellationToken) =>
            {
                byte[] list;
                try
                {
                    list = await File.ReadAllBytesAsync(parsed.GetValue(file)!, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new KmException(
                        new KmError(ErrorCode.RevocationList, "The revocation list cannot be read", e.Message, "Check FILE")
                    );
                }

                using var content = new ByteArrayContent(list);
                return await connection.SendAsync(parsed, HttpMethod.Put, "revocations", content, cancellationToken).ConfigureAwait(false);
            }
        );
        return new Command("revocations", "What is no longer to be trusted.") { add, show, import };
    }
}
