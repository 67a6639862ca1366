using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.PluginHost.Accounts;

/// <summary>
/// The last resort: a file for the user alone, encrypted with a key that this machine and this user give. That is obfuscation: a copy of the
/// file is worth nothing elsewhere, but whoever runs as this user here can read it.
/// </summary>
internal sealed class CredentialFile(string folder) : ICredentialStore
{
    private const int Largest = 4096;

    public string Name => $"the file {folder} (obfuscated: bound to this machine and user)";

    public string? Get(string endpoint)
    {
        try
        {
            var content = PrivateFile.ReadTrusted(PathOf(endpoint), Largest);
            return MachineBox.Open(content, Label(endpoint)) is { } key
                ? Encoding.ASCII.GetString(key)
                : throw Failed("It was written on another machine, by another user, or is damaged.");
        }
        catch (IOException) when (!File.Exists(PathOf(endpoint)))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message);
        }
    }

    public void Store(string endpoint, string key)
    {
        try
        {
            PrivateFile.Replace(PathOf(endpoint), MachineBox.Close(Encoding.ASCII.GetBytes(key), Label(endpoint)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message);
        }
    }

    public void Erase(string endpoint)
    {
        try
        {
            if (Directory.Exists(folder))
                File.Delete(PathOf(endpoint));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e.Message);
        }
    }

    private string PathOf(string endpoint) =>
        Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(endpoint)))[..16] + ".key");

    private static string Label(string endpoint) => "km api key " + endpoint;

    private static KmException Failed(string why) =>
        new(
            new KmError(
                ErrorCode.CredentialStore,
                "The API key cannot be kept or read",
                why,
                "Sign in again: km auth login; or set KM_API_KEY."
            )
        );
}
