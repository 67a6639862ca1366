using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Keys;

/// <summary>
/// A publisher's keys: <c>root</c>; <c>intermediate-N</c> and <c>leaf-N</c>, and for releases of km <c>km-intermediate-N</c> and <c>km-leaf-N</c>, each with <c>cert.pem</c> and, as long as nobody has moved it
/// to a safer place, <c>key.pem</c>; <c>issuer/key.pem</c> for customers' seals; <c>state.json</c>; <c>revocations.json</c>. For the user alone.
/// </summary>
internal sealed class KeyFolder
{
    private const string KeyFile = "key.pem";
    private const string CertificateFile = "cert.pem";
    private const long MaxFile = 64 * 1024;
    private static readonly string[] Kinds =
    [
        "intermediate-",
        "leaf-",
        KeyIssuance.KmPrefix + "intermediate-",
        KeyIssuance.KmPrefix + "leaf-",
    ];
    private readonly TimeProvider _time;

    public KeyFolder(string path, TimeProvider time)
    {
        Path = System.IO.Path.GetFullPath(path);
        _time = time;
    }

    /// <summary>The folder: <c>KM_KEYS</c>, else <c>kilometers/keys</c> in the user's configuration.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: there is neither. Keys must never come to lie in the current directory.</exception>
    public static string DefaultPath =>
        Environment.GetEnvironmentVariable("KM_KEYS") is { Length: > 0 } path ? path
        : UserHome.Find() is { } home ? System.IO.Path.Combine(home, ".config", "kilometers", "keys")
        : throw new KmException(
            new KmError(
                ErrorCode.SigningKeys,
                "There is no folder for signing keys",
                "HOME names no directory that you can use, and neither does the system's list of users.",
                "Name a folder with --keys DIR or KM_KEYS."
            )
        );

    public string Path { get; }

    public bool Exists => File.Exists(StateFile);

    public string RevocationsFile => System.IO.Path.Combine(Path, "revocations.json");

    public string IssuerKeyFile => System.IO.Path.Combine(Path, "issuer", KeyFile);

    public string RootFile => CertificateOf("root");

    public DateTimeOffset Now => _time.GetUtcNow();

    private string StateFile => System.IO.Path.Combine(Path, "state.json");

    /// <exception cref="KmException"><c>KEY_STO_001</c>: there are no keys, or they cannot be read.</exception>
    public KeyState ReadState() =>
        Exists
            ? KeyState.Parse(Read("state.json")) ?? throw Fault("state.json is damaged")
            : throw new KmException(
                new KmError(ErrorCode.SigningKeys, "There are no signing keys", $"{Path} holds none.", "Make some with: kmpkg keys init")
            );

    public void WriteState(KeyState state) => Write("state.json", state.ToJson());

    /// <summary>Only one kmpkg at a time changes the folder.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: another does.</exception>
    public IDisposable Lock()
    {
        try
        {
            PrivateFile.CreateDirectory(Path);
            return PrivateFile.TryLock(System.IO.Path.Combine(Path, "lock")) ?? throw new IOException("it is locked");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault($"it cannot be locked, perhaps because another kmpkg is at work: {e.Message}");
        }
    }

    /// <summary>Keeps a certificate, and its key where it is ours.</summary>
    public void Store(string name, X509Certificate2 certificate, RSA? key, string? chain = null)
    {
        if (key is not null)
            StoreKey(name, key);
        Write($"{name}/{CertificateFile}", System.Text.Encoding.ASCII.GetBytes(CertificateChain.ToPem([certificate])));
        if (chain is not null)
            Write($"{name}/chain.pem", System.Text.Encoding.ASCII.GetBytes(chain));
    }

    public void StoreKey(string name, RSA key) =>
        Write($"{name}/{KeyFile}", System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));

    public void StoreRevocations(byte[] list) => Write("revocations.json", list);

    public bool HasKey(string name) => File.Exists(System.IO.Path.Combine(Path, name, KeyFile));

    /// <exception cref="KmException"><c>KEY_STO_001</c>: it cannot be read.</exception>
    public X509Certificate2 ReadCertificate(string name)
    {
        try
        {
            return X509Certificate2.CreateFromPem(ReadText($"{name}/{CertificateFile}"));
        }
        catch (CryptographicException e)
        {
            throw Fault($"{name}/{CertificateFile} is not a certificate: {e.Message}");
        }
    }

    /// <exception cref="KmException"><c>KEY_STO_001</c>: it is not here, or cannot be read.</exception>
    public RSA ReadKey(string name)
    {
        if (!HasKey(name))
            throw Fault($"{name}/{KeyFile} is not there. If it is kept elsewhere, put it back for as long as this takes");
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(ReadText($"{name}/{KeyFile}"));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw Fault($"{name}/{KeyFile} is not a private key: {e.Message}");
        }
    }

    /// <summary>The root, for verifying what was signed here.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: it cannot be read.</exception>
    public TrustRoot ReadRoot()
    {
        try
        {
            return TrustRoot.Read(ReadText($"root/{CertificateFile}"), RootFile);
        }
        catch (PackageFormatException e)
        {
            throw Fault(e.Message);
        }
    }

    /// <summary>Every certificate but the root, by its name in the folder: intermediates first, each kind by number.</summary>
    public IReadOnlyList<(string Name, X509Certificate2 Certificate)> ReadAll() =>
        [
            .. Kinds
                .SelectMany(kind => Numbers(kind).Select(number => $"{kind}{number}"))
                .Where(name => File.Exists(CertificateOf(name)))
                .Select(name => (name, ReadCertificate(name))),
        ];

    /// <summary>The number that a new certificate of a kind gets.</summary>
    public int NextNumber(string kind) => Numbers(kind).LastOrDefault() + 1;

    /// <summary>The list in force.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: it is lost or damaged; a new one would take back what it revoked.</exception>
    public RevocationList ReadRevocations(KeyState state)
    {
        if (state.RevocationNumber == 0)
            return RevocationList.Empty;
        try
        {
            var list = RevocationList.Read(Read("revocations.json", RevocationList.MaxSize), [ReadRoot()], Now);
            return list.Number == state.RevocationNumber
                ? list
                : throw Fault($"revocations.json has the number {list.Number}, and {state.RevocationNumber} was made last");
        }
        catch (PackageFormatException e)
        {
            throw Fault(e.Message);
        }
    }

    public KmException Fault(string why) =>
        new(
            new KmError(
                ErrorCode.SigningKeys,
                "The signing keys cannot be used",
                $"{Path}: {why}.",
                "Check the folder of keys; make a new one with: kmpkg keys init --keys DIR"
            )
        );

    public string CertificateOf(string name) => System.IO.Path.Combine(Path, name, CertificateFile);

    public string ChainOf(string name) => System.IO.Path.Combine(Path, name, "chain.pem");

    private IEnumerable<int> Numbers(string kind) =>
        !Directory.Exists(Path)
            ? []
            : Directory
                .EnumerateDirectories(Path, kind + "*")
                .Select(folder =>
                    int.TryParse(
                        System.IO.Path.GetFileName(folder)[kind.Length..],
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var number
                    )
                        ? number
                        : 0
                )
                .Where(number => number > 0)
                .Order();

    private string ReadText(string file) => System.Text.Encoding.UTF8.GetString(WrittenText.WithoutMark(Read(file).AsSpan()));

    private byte[] Read(string file, long limit = MaxFile)
    {
        var path = System.IO.Path.Combine(Path, file);
        try
        {
            return new FileInfo(path).Length <= limit ? File.ReadAllBytes(path) : throw new IOException("it is too large");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault($"{file} cannot be read: {e.Message.TrimEnd('.')}");
        }
    }

    private void Write(string file, ReadOnlySpan<byte> content)
    {
        try
        {
            PrivateFile.Replace(System.IO.Path.Combine(Path, file), content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault($"{file} cannot be written: {e.Message.TrimEnd('.')}");
        }
    }
}
