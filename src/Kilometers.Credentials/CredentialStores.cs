using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Credentials;

/// <summary>The stores that there are on this machine.</summary>
public static class CredentialStores
{
    /// <summary>The variables that hold a key of km's; no helper of a key store gets them.</summary>
    public static readonly IReadOnlyList<string> KeyVariables = ["KM_API_KEY", "KILOMETERS_API_KEY"];

    /// <summary>Opens the store that the user chose.</summary>
    /// <param name="name">The setting <c>credential-helper</c>: <c>auto</c>, <c>file</c>, or NAME of <c>docker-credential-NAME</c>.</param>
    /// <param name="folder">Where the store of last resort has its files.</param>
    /// <param name="kind">What is kept.</param>
    /// <param name="environment">Looks up a variable.</param>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>: the helper is not there.</exception>
    public static ICredentialStore Open(string name, string folder, SecretKind kind, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return name switch
        {
            "file" => new CredentialFile(folder, kind),
            "auto" => Usable(kind, environment) ?? (ICredentialStore)new CredentialFile(folder, kind),
            _ => CredentialProgram.Find(name, kind)
                ?? throw new KmException(
                    new KmError(
                        ErrorCode.CredentialStore,
                        $"docker-credential-{name} is not on the PATH",
                        "The setting credential-helper names it.",
                        "Install it, or: km config set credential-helper auto"
                    )
                ),
        };
    }

    /// <summary>The system's own store, where it can be used without asking anybody.</summary>
    private static CredentialProgram? Usable(SecretKind kind, Func<string, string?> environment)
    {
        if (OperatingSystem.IsWindows())
            return CredentialProgram.Find("wincred", kind);
        if (OperatingSystem.IsMacOS())
            return CredentialProgram.Find("osxkeychain", kind);
        if (environment("DBUS_SESSION_BUS_ADDRESS") is { Length: > 0 } && CredentialProgram.Find("secretservice", kind) is { } service)
            return service;
        var passwords = environment("PASSWORD_STORE_DIR") ?? (UserHome.Find() is { } home ? Path.Combine(home, ".password-store") : "");
        return Path.IsPathFullyQualified(passwords) && File.Exists(Path.Combine(passwords, ".gpg-id"))
            ? CredentialProgram.Find("pass", kind)
            : null;
    }
}
