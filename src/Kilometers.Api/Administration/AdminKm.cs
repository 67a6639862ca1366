using System.CommandLine;
using Kilometers.Contracts;

namespace Kilometers.Api.Administration;

/// <summary><c>km-api admin km</c>: releases of km itself, for <c>km update</c>.</summary>
internal static class AdminKm
{
    public static Command Create(AdminConnection connection)
    {
        var file = new Argument<string>("FILE") { Description = "The package, km-HASH.kmpkg, signed with kmpkg sign --km." };
        var publish = new Command("publish", "Publish a release of km for one platform. km update offers it from now on.") { file };
        publish.SetAction(
            async (parsed, cancellationToken) =>
            {
                FileStream package;
                try
                {
                    package = File.OpenRead(parsed.GetValue(file)!);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new KmException(new KmError(ErrorCode.PackageUnreadable, "The release cannot be read", e.Message, "Check FILE"));
                }

                using var content = new StreamContent(package);
                return await connection.SendAsync(parsed, HttpMethod.Post, "km-releases", content, cancellationToken).ConfigureAwait(false);
            }
        );
        var list = new Command("list", "All releases of km that were not revoked.");
        list.SetAction((parsed, cancellationToken) => connection.GetAsync(parsed, "km-releases", AdminView.KmReleases, cancellationToken));
        return new Command(
            "km",
            "Releases of km itself. To take one back: km-api admin revocations add --plugin km --from VERSION --to VERSION"
        )
        {
            publish,
            list,
        };
    }
}
