using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Api.Configuration;

/// <summary>Where the secrets are. Those that nobody named are in the data folder, made at the first start.</summary>
internal sealed record SecretPlaces
{
    private const int MaxText = 16 * 1024;

    public required string OperatorKeyFile { get; init; }

    public required string KeyHashFile { get; init; }

    public required string IssuerKeyFolder { get; init; }

    /// <summary>As <c>kmpkg keys init</c> makes it; null: nothing can be built.</summary>
    public required string? SigningKeyFolder { get; init; }

    /// <summary>A command that signs packages in the leaf's place, whose key is then not in the folder; null: the folder has the key.</summary>
    public string? SigningCommand { get; init; }

    /// <summary>The names of those that were named by the configuration: they are read, never made.</summary>
    public required IReadOnlySet<string> Named { get; init; }

    public static SecretPlaces Read(Settings settings, string data, bool isDevelopment)
    {
        var named = new HashSet<string>();
        string Place(string name, string usual)
        {
            if (settings.Text(name) is not { } path)
                return Path.Combine(data, usual);
            named.Add(name);
            return Path.GetFullPath(path);
        }

        var signing = settings.Text("SigningKeyFolder");
        if (signing is not null)
            named.Add("SigningKeyFolder");
        return new SecretPlaces
        {
            OperatorKeyFile = Place("OperatorKeyFile", "operator.key"),
            KeyHashFile = Place("KeyHashFile", "key-hash.secret"),
            IssuerKeyFolder = Place("IssuerKeyFolder", "issuer-keys"),
            SigningKeyFolder =
                signing is not null ? Path.GetFullPath(signing)
                : isDevelopment ? Path.Combine(data, "development-keys")
                : null,
            SigningCommand = settings.Text("SigningCommand"),
            Named = named,
        };
    }

    /// <summary>Reads a text that must be there.</summary>
    /// <exception cref="KmException"><c>API_CFG_001</c>: it cannot be read, or is empty.</exception>
    public static string ReadText(string setting, string file)
    {
        try
        {
            var text = new FileInfo(file).Length <= MaxText ? File.ReadAllText(file).Trim() : throw new IOException("It is too large");
            return text.Length > 0 ? text : throw Settings.Fault(setting, $"{file} is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Settings.Fault(setting, $"{file}: {e.Message}");
        }
    }

    /// <summary>Reads a secret of at least 32 characters, made (0600) if it is ours to make.</summary>
    /// <exception cref="KmException"><c>API_CFG_001</c>: it cannot be read or made, or is too short to be a secret.</exception>
    public byte[] ReadOrMake(string setting, string file)
    {
        if (!Named.Contains(setting) && !File.Exists(file))
        {
            try
            {
                PrivateFile.WriteNew(file, Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n"));
            }
            catch (IOException) when (File.Exists(file))
            {
                // Another process made it at the same moment.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Settings.Fault(setting, $"{file} cannot be made: {e.Message}");
            }
        }

        var text = ReadText(setting, file);
        return text.Length >= 32
            ? Encoding.UTF8.GetBytes(text)
            : throw Settings.Fault(setting, $"{file} holds less than 32 characters: too little for a secret.");
    }
}
