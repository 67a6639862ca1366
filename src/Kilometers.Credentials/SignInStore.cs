using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Credentials;

/// <summary>
/// The sign-ins of a user, one for each server and client. A folder holds a file for each, which names it, and locks; the secrets are in the
/// user's store.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="secrets">The store.</param>
public sealed class SignInStore(string folder, ICredentialStore secrets)
{
    private const int MaxSummary = 64 * 1024;
    private const string SummarySuffix = ".json";

    /// <summary>What tells the sign-ins of a user apart.</summary>
    /// <param name="server">The address of the server.</param>
    /// <param name="client">The client that the user named; null: none.</param>
    public static SignInKey KeyOf(Uri server, string? client)
    {
        ArgumentNullException.ThrowIfNull(server);
        var place = WithoutQuery(server);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{server.AbsoluteUri}\n{client}"));
        return new SignInKey(place, client, Convert.ToHexStringLower(hash)[..32]);
    }

    /// <summary>An address without its query and fragment, which may hold a key.</summary>
    public static string WithoutQuery(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
    }

    /// <summary>Finds a sign-in.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>: the store cannot be read.</exception>
    public SignIn? Find(SignInKey key)
    {
        ArgumentNullException.ThrowIfNull(key);

        // A key store may be slow, or ask the user. Only a server that has a sign-in is worth that.
        if (!File.Exists(SummaryOf(key)) || secrets.Get(AddressOf(key)) is not { } text)
            return null;
        try
        {
            return JsonSerializer.Deserialize(Convert.FromBase64String(text), SignInJson.Default.SignIn);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // Another km wrote it, or it is damaged: the user signs in again.
            return null;
        }
    }

    /// <summary>Keeps a sign-in.</summary>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>: it cannot be kept.</exception>
    public void Save(SignInKey key, SignIn signIn)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(signIn);
        secrets.Store(AddressOf(key), Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(signIn, SignInJson.Default.SignIn)));
        var summary = new SignInSummary(key.Server, key.Client, signIn.Issuer, signIn.Scope);
        Try(() => PrivateFile.Replace(SummaryOf(key), JsonSerializer.SerializeToUtf8Bytes(summary, SignInJson.Default.SignInSummary)));
    }

    /// <summary>Forgets a sign-in.</summary>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>: it cannot be deleted.</exception>
    public void Erase(SignInKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        secrets.Erase(AddressOf(key));
        Try(() =>
        {
            if (Directory.Exists(folder))
                File.Delete(SummaryOf(key));
        });
    }

    /// <summary>All sign-ins, with what finds them. A file that cannot be read is left out.</summary>
    public IReadOnlyList<(SignInKey Key, SignInSummary Summary)> List()
    {
        if (!Directory.Exists(folder))
            return [];
        var found = new List<(SignInKey, SignInSummary)>();
        foreach (var file in Directory.EnumerateFiles(folder, "*" + SummarySuffix).Order(StringComparer.Ordinal))
        {
            try
            {
                if (JsonSerializer.Deserialize(PrivateFile.ReadTrusted(file, MaxSummary), SignInJson.Default.SignInSummary) is { } one)
                    found.Add((new SignInKey(one.Server, one.Client, Path.GetFileNameWithoutExtension(file)), one));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                // Not one of ours.
            }
        }

        return found;
    }

    /// <summary>Takes a lock among all processes of the user.</summary>
    /// <param name="key">The sign-in.</param>
    /// <param name="purpose">What is locked, such as <c>refresh</c>.</param>
    /// <returns>Null if another process holds it.</returns>
    /// <exception cref="IOException">There can be no lock.</exception>
    public SafeFileHandle? TryLock(SignInKey key, string purpose)
    {
        ArgumentNullException.ThrowIfNull(key);
        PrivateFile.CreateTrustedDirectory(folder);
        return PrivateFile.TryLock(Path.Combine(folder, $"{key.Id}.{purpose}.lock"));
    }

    private static string AddressOf(SignInKey key) => $"{key.Server.TrimEnd('/')}/km-sign-in/{key.Id}";

    private string SummaryOf(SignInKey key) => Path.Combine(folder, key.Id + SummarySuffix);

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(ErrorCode.CredentialStore, "The list of sign-ins cannot be changed", e.Message, "Check your directory of km.")
            );
        }
    }
}

/// <summary>What finds a sign-in.</summary>
/// <param name="Server">The address of the server, without its query.</param>
/// <param name="Client">The client that the user named; null: none.</param>
/// <param name="Id">32 hexadecimal digits, of the whole address and the client.</param>
public sealed record SignInKey(string Server, string? Client, string Id);
