namespace Kilometers.Plugin.Sdk.Authorization;

/// <summary>Whether the plugin may run. The default value is a denial.</summary>
public readonly struct AuthenticationResult : IEquatable<AuthenticationResult>
{
    private readonly Entitlement? _entitlement;
    private readonly string? _errorCode;
    private readonly string? _reason;

    private AuthenticationResult(Entitlement? entitlement, string? errorCode, string? reason)
    {
        _entitlement = entitlement;
        _errorCode = errorCode;
        _reason = reason;
    }

    /// <summary>Whether the plugin may run.</summary>
    public bool IsGranted => _entitlement is not null;

    /// <summary>What was granted; <see cref="Authorization.Entitlement.None"/> when denied.</summary>
    public Entitlement Entitlement => _entitlement ?? Entitlement.None;

    /// <summary>The stable code of a denial, <c>PLG_AUT_NNN</c>; empty when granted.</summary>
    public string ErrorCode => IsGranted ? "" : _errorCode ?? Contracts.ErrorCode.PluginDenied;

    /// <summary>One sentence for the user about a denial; empty when granted.</summary>
    public string Reason => IsGranted ? "" : _reason ?? "The plugin did not authorize the session.";

    /// <summary>The plugin may run.</summary>
    /// <param name="entitlement">With what.</param>
    public static AuthenticationResult Granted(Entitlement entitlement)
    {
        ArgumentNullException.ThrowIfNull(entitlement);
        return new(entitlement, null, null);
    }

    /// <summary>The plugin may not run.</summary>
    /// <param name="reason">One sentence for the user.</param>
    /// <param name="errorCode">A stable code, <c>PLG_AUT_NNN</c>.</param>
    public static AuthenticationResult Denied(string reason, string errorCode = Contracts.ErrorCode.PluginDenied) =>
        new(null, errorCode, reason);

    /// <inheritdoc/>
    public bool Equals(AuthenticationResult other) =>
        ReferenceEquals(_entitlement, other._entitlement) && ErrorCode == other.ErrorCode && Reason == other.Reason;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AuthenticationResult other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_entitlement, ErrorCode, Reason);

    /// <summary>Whether both say the same.</summary>
    public static bool operator ==(AuthenticationResult left, AuthenticationResult right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(AuthenticationResult left, AuthenticationResult right) => !left.Equals(right);
}
