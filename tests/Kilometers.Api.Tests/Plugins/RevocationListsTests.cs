using Kilometers.Api.Keys;
using Kilometers.Api.Plugins;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Packaging.Trust;

namespace Kilometers.Api.Tests.Plugins;

public sealed class RevocationListsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_is_renewed_before_it_ends_and_says_the_same()
    {
        await using var api = await ApiServices.StartAsync();
        var (lists, renewal) = (api.Get<RevocationLists>(), api.Get<RevocationRenewal>());
        await renewal.RunAsync(Stop);
        Assert.Null(await lists.NewestAsync(Stop));
        await lists.PublishAsync(list => list with { Builds = ["bld_1"] }, "", Stop);
        api.Time.Advance(TimeSpan.FromDays(19));
        await renewal.RunAsync(Stop);
        Assert.Equal(1, (await lists.NewestAsync(Stop))!.List.Number);
        api.Time.Advance(TimeSpan.FromDays(2));
        await renewal.RunAsync(Stop);
        var renewed = (await lists.NewestAsync(Stop))!.List;
        Assert.Equal(2, renewed.Number);
        Assert.Equal(["bld_1"], renewed.Builds);
        Assert.True(renewed.Expires > api.Time.GetUtcNow().AddDays(29));
    }

    [Fact]
    public async Task A_list_that_was_signed_elsewhere_is_taken_only_as_a_successor()
    {
        await using var api = await ApiServices.StartAsync();
        var lists = api.Get<RevocationLists>();
        var authority = api.Get<PublisherKeys>().Open().Authority!;
        await lists.PublishAsync(list => list with { Builds = ["bld_1"] }, "", Stop);
        byte[] Sign(long number) =>
            RevocationList.Write(
                RevocationList.Empty with
                {
                    Number = number,
                    Issued = api.Time.GetUtcNow(),
                    Expires = api.Time.GetUtcNow().AddDays(30),
                    Payloads = [new string('a', 64)],
                },
                authority
            );
        Assert.Equal(7, (await lists.ImportAsync(Sign(7), Stop)).List.Number);
        foreach (var wrong in new[] { Sign(6), Sign(7)[..^10], [] })
            Assert.Equal(
                ErrorCode.RevocationList,
                (await Assert.ThrowsAsync<KmException>(() => lists.ImportAsync(wrong, Stop))).Error.Code
            );
        Assert.Equal(8, (await lists.PublishAsync(list => list, "", Stop)).List.Number);
    }

    [Fact]
    public async Task The_authority_that_signs_a_list_cannot_be_revoked_by_it()
    {
        await using var api = await ApiServices.StartAsync();
        var lists = api.Get<RevocationLists>();
        var serial = api.Get<PublisherKeys>().Open().Authority!.Certificate.SerialNumber.ToLowerInvariant();
        var e = await Assert.ThrowsAsync<KmException>(() => lists.PublishAsync(list => list with { Certificates = [serial] }, "", Stop));
        Assert.Equal(ErrorCode.RevocationList, e.Error.Code);
        Assert.Null(await lists.NewestAsync(Stop));
    }
}
