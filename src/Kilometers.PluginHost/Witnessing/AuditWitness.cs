using System.Text.Json;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Entitlements.Tokens;
using Kilometers.Files;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Witnessing;

/// <summary>
/// Shows the API where the audit log stands, and keeps its receipts. A receipt counts if the issuer that the user signed in with has signed it
/// for this customer and this installation. Receipts that are kept here can be deleted by anybody who can replace the log; the API's cannot.
/// </summary>
internal sealed class AuditWitness(AccountAccess access, PluginPaths paths, AuditLog log, string version)
{
    private const int MaxFile = 1 << 20;
    private const int MaxKept = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly string _installation = Witnessing.Installation.Id(paths.Home);

    /// <summary>Whether the user wants it.</summary>
    /// <exception cref="KmException"><c>CFG_FIL_001</c>.</exception>
    public bool IsOn => access.Settings.Get(KmSettings.AuditWitness).Value == "true";

    /// <summary>Whether there is an account to ask it with. Who replaced the log could switch the setting off, too, but not what the API has seen.</summary>
    public bool MayAsk => access.MaySignIn;

    /// <summary>Shows the API where the log stands, unless it has seen that.</summary>
    /// <returns>The newest receipt; null if there is no log yet.</returns>
    /// <exception cref="KmException">
    /// <c>AUD_WIT_001</c>: the log is not what the API saw before. Otherwise what the log, the account or the API say.
    /// </exception>
    public async Task<AuditReceiptToken?> SendAsync(CancellationToken cancellationToken)
    {
        if (log.Flush() is not { } head)
            return null;
        var kept = Kept();
        if (
            kept.Select(each => each.Token)
                .FirstOrDefault(token => token.Log == head.Log && token.Seq == head.Seq && token.Hash == head.Hash) is
            { } known
        )
            return known;
        var (account, api) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        using (api)
        {
            try
            {
                var request = new AuditHeadRequest
                {
                    Installation = _installation,
                    Log = head.Log,
                    Seq = head.Seq,
                    Hash = head.Hash,
                };
                var receipt = await api.WitnessAsync(request, cancellationToken).ConfigureAwait(false);
                if (Read(account, receipt) is not { } token || token.Log != head.Log || token.Seq != head.Seq || token.Hash != head.Hash)
                    throw new KmException(
                        new KmError(
                            ErrorCode.ApiAnswer,
                            "The API's receipt is not for this audit log, or is not signed by the issuer you signed in with",
                            account.Issuer,
                            "Sign in again: km auth login"
                        )
                    );
                Keep([receipt, .. kept.Select(each => each.Receipt)]);
                return token;
            }
            catch (KmException e) when (e.Error.Code == ErrorCode.ApiConflict)
            {
                // Another session may only have been faster.
                var seen = Tokens(account, await api.ReceiptsAsync(_installation, cancellationToken).ConfigureAwait(false))
                    .Select(HeadOf)
                    .ToList();
                if (
                    AuditVerifier
                        .Verify(paths.Audit, witnessed: seen)
                        .Faults.FirstOrDefault(fault => fault.Kind == AuditFaultKind.WitnessMismatch) is
                    { } fault
                )
                    throw new KmException(
                        new KmError(
                            ErrorCode.AuditWitness,
                            "The audit log is not the one that the witness saw",
                            fault.Detail,
                            "See: km audit verify"
                        )
                    );
                return null;
            }
        }
    }

    /// <summary>What the API has seen of this installation, all of its logs.</summary>
    /// <exception cref="KmException">What the account or the API say.</exception>
    public async Task<IReadOnlyList<AuditReceiptToken>> AskAsync(CancellationToken cancellationToken)
    {
        var (account, api) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        using (api)
            return Tokens(account, await api.ReceiptsAsync(_installation, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The receipts that are kept here, the newest first.</summary>
    /// <exception cref="KmException">The account cannot be read.</exception>
    public IReadOnlyList<AuditReceiptToken> Local() => [.. Kept().Select(each => each.Token)];

    /// <summary>What a receipt says of the log.</summary>
    public static AuditHead HeadOf(AuditReceiptToken token) => new(token.Log, token.Seq, token.Hash);

    private async Task<(Account Account, ApiClient Api)> OpenAsync(CancellationToken cancellationToken) =>
        await access.OpenAsync(Limit, cancellationToken).ConfigureAwait(false) is var (account, key)
            ? (account, new ApiClient(account.Endpoint, key, version, Limit))
            : throw new KmException(
                new KmError(ErrorCode.NotSignedIn, "The witness of the audit log needs an account", Hint: "Sign in: km auth login")
            );

    private AuditReceiptToken? Read(Account account, AuditReceipt receipt) =>
        AuditReceiptToken.Verify(receipt.Receipt, account.Issuer, receipt.IssuerKey) is { } token
        && token.CustomerId == account.CustomerId
        && token.Installation == _installation
            ? token
            : null;

    /// <summary>A receipt that the API itself cannot vouch for is not passed over: it would hide what it says.</summary>
    private List<AuditReceiptToken> Tokens(Account account, IReadOnlyList<AuditReceipt> receipts) =>
        [
            .. receipts.Select(receipt =>
                Read(account, receipt)
                ?? throw new KmException(
                    new KmError(
                        ErrorCode.ApiAnswer,
                        "A receipt of the API is not signed by the issuer you signed in with",
                        account.Issuer,
                        "Sign in again: km auth login"
                    )
                )
            ),
        ];

    private List<(AuditReceipt Receipt, AuditReceiptToken Token)> Kept()
    {
        if (access.Known() is not { } account)
            return [];
        try
        {
            var list = JsonSerializer.Deserialize(PrivateFile.ReadTrusted(paths.AuditReceipts, MaxFile), ApiJson.Of<AuditReceiptList>());
            return
            [
                .. (list?.Receipts ?? [])
                    .Select(receipt => (receipt, Read(account, receipt)))
                    .Where(each => each.Item2 is not null)
                    .Select(each => (each.receipt, each.Item2!)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // None yet, or damaged: the API has them.
            return [];
        }
    }

    private void Keep(IEnumerable<AuditReceipt> receipts)
    {
        try
        {
            PrivateFile.Replace(
                paths.AuditReceipts,
                JsonSerializer.SerializeToUtf8Bytes(
                    new AuditReceiptList { Receipts = [.. receipts.Take(MaxKept)] },
                    ApiJson.Of<AuditReceiptList>()
                )
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The API has it all the same.
        }
    }
}
