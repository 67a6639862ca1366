namespace Kilometers.Contracts.Api;

/// <summary>The body of <c>POST /api/audit/heads</c>: where a customer's audit log stands.</summary>
public sealed record AuditHeadRequest
{
    /// <summary>Which installation of km: 64 lower-case hexadecimal digits.</summary>
    public required string Installation { get; init; }

    /// <summary>Which log: SHA-256 of its public key, 64 lower-case hexadecimal digits.</summary>
    public required string Log { get; init; }

    /// <summary>The number of its last record, 1 or more.</summary>
    public required long Seq { get; init; }

    /// <summary>SHA-256 of that record, 64 lower-case hexadecimal digits.</summary>
    public required string Hash { get; init; }
}

/// <summary>That the API saw a head of an audit log.</summary>
public sealed record AuditReceipt
{
    /// <summary>The signed receipt, <c>km-audit+jwt</c>: what it says is in it.</summary>
    public required string Receipt { get; init; }

    /// <summary>The issuer's public key, SubjectPublicKeyInfo, base64.</summary>
    public required string IssuerKey { get; init; }
}

/// <summary>The answer to <c>GET /api/audit/heads</c>.</summary>
public sealed record AuditReceiptList
{
    /// <summary>Receipts of an installation, log by log.</summary>
    public required IReadOnlyList<AuditReceipt> Receipts { get; init; }

    /// <summary>Where to continue: <c>?cursor=</c>; null if this was all.</summary>
    public string? Cursor { get; init; }
}
