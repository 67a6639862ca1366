using System.Diagnostics;
using System.Text;
using CsCheck;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Credentials;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.PluginHost.Tests.Accounts;

public sealed class CredentialStoreTests : IDisposable
{
    private const string Endpoint = "https://api.example.com";
    private static readonly string Key = ApiKey.Create().Text;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_gives_back_what_it_was_given_and_shows_it_to_nobody()
    {
        var store = new CredentialFile(_folder["keys"], SecretKind.ApiKey);
        Assert.Null(store.Get(Endpoint));
        store.Store(Endpoint, Key);
        Assert.Equal(Key, store.Get(Endpoint));
        Assert.Null(store.Get("https://other.example.com"));
        var file = Assert.Single(Directory.EnumerateFiles(_folder["keys"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(Key[12..40], Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal);
        store.Erase(Endpoint);
        store.Erase(Endpoint);
        Assert.Null(store.Get(Endpoint));
    }

    [Fact]
    public void A_box_that_was_changed_anywhere_stays_closed()
    {
        var box = MachineBoundEncryption.Encrypt("secret"u8, "label");
        Assert.Equal("secret"u8.ToArray(), MachineBoundEncryption.Decrypt(box, "label"));
        Assert.Null(MachineBoundEncryption.Decrypt(box, "another label"));
        Gen.Select(Gen.Int[0, box.Length - 1], Gen.Byte[1, 255])
            .Sample(
                change =>
                {
                    var changed = (byte[])box.Clone();
                    changed[change.Item1] ^= change.Item2;
                    return MachineBoundEncryption.Decrypt(changed, "label") is null;
                },
                iter: 500
            );
        Assert.All(Enumerable.Range(0, box.Length), length => Assert.Null(MachineBoundEncryption.Decrypt(box[..length], "label")));
    }

    [Fact]
    public void A_damaged_file_is_an_error_not_a_missing_key()
    {
        var store = new CredentialFile(_folder["keys"], SecretKind.ApiKey);
        store.Store(Endpoint, Key);
        File.WriteAllText(Directory.EnumerateFiles(_folder["keys"]).Single(), "damaged");
        Assert.Equal(ErrorCode.CredentialStore, Assert.Throws<KmException>(() => store.Get(Endpoint)).Error.Code);
    }

    [Fact]
    public void A_helper_that_fails_is_an_error_with_its_words()
    {
        var program = _folder["docker-credential-broken"];
        File.WriteAllText(program, "#!/bin/sh\necho 'the store is locked'; exit 1\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var error = Assert
            .Throws<KmException>(() => new CredentialProgram(program, "docker-credential-broken", SecretKind.ApiKey).Get(Endpoint))
            .Error;
        Assert.Equal((ErrorCode.CredentialStore, "the store is locked"), (error.Code, error.Detail));
    }

    /// <summary>It answers and leaves a child that holds its standard output; another never ends.</summary>
    [Theory]
    [InlineData("echo '{\"ServerURL\":\"x\",\"Username\":\"km\",\"Secret\":\"s\"}'; sleep 600 & exit 0", "s")]
    [InlineData("sleep 600", null)]
    [InlineData("sleep 600 & wait", null)]
    public async Task A_helper_is_not_waited_for_beyond_its_limit_whatever_it_leaves_behind(string script, string? secret)
    {
        var program = _folder["docker-credential-slow"];
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // On a busy machine it may need some time to answer; to never end it needs none.
        var store = new CredentialProgram(
            program,
            "docker-credential-slow",
            SecretKind.ApiKey,
            secret is null ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromMinutes(5)
        );
        var getting = Task.Run(() => store.Get(Endpoint), TestContext.Current.CancellationToken);
        await Task.WhenAny(getting, Task.Delay(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        Assert.True(getting.IsCompleted);
        if (secret is not null)
            Assert.Equal(secret, await getting);
        else
            Assert.Contains(
                "did not end within 0.2 s",
                (await Assert.ThrowsAsync<KmException>(() => getting)).Error.Detail,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void The_real_docker_credential_pass_keeps_a_key()
    {
        Assert.SkipUnless(
            File.Exists("/usr/bin/docker-credential-pass") && File.Exists("/usr/bin/pass"),
            "docker-credential-pass: Debian's golang-docker-credential-helpers and pass are not installed"
        );

        // A key store of its own: GnuPG's sockets want a short path.
        var home = Directory.CreateTempSubdirectory("kmg").FullName;
        File.SetUnixFileMode(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            Shell(home, "gpg --batch --quiet --passphrase '' --quick-generate-key km-test default default never && pass init km-test");
            var wrapper = _folder["docker-credential-pass"];
            File.WriteAllText(
                wrapper,
                $"#!/bin/sh\nexport GNUPGHOME='{home}' PASSWORD_STORE_DIR='{home}/store'\nexec /usr/bin/docker-credential-pass \"$@\"\n"
            );
            File.SetUnixFileMode(wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var store = new CredentialProgram(wrapper, "docker-credential-pass", SecretKind.ApiKey);
            Assert.Null(store.Get(Endpoint));
            store.Store(Endpoint, Key);
            Assert.Equal(Key, store.Get(Endpoint));
            store.Erase(Endpoint);
            Assert.Null(store.Get(Endpoint));
        }
        finally
        {
            Shell(home, "gpgconf --kill gpg-agent");
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public void The_environment_goes_before_the_store()
    {
        var older = ApiKey.Create();
        var environment = new Dictionary<string, string> { ["KILOMETERS_API_KEY"] = older.Text };
        var settings = KmSettings.Read(_folder["km.json"], name => name == "KM_CREDENTIAL_HELPER" ? "file" : null);
        var source = new ApiKeySource(settings, _folder["keys"], environment.GetValueOrDefault);
        source.Store().Store(Endpoint, Key);
        Assert.Equal(older, source.Find(Endpoint));
        environment["KM_API_KEY"] = "km_live_cut_off";
        Assert.Equal(ErrorCode.InvalidApiKey, Assert.Throws<KmException>(() => source.Find(Endpoint)).Error.Code);
        environment.Clear();
        Assert.Equal(Key, source.Find(Endpoint)?.Text);
        Assert.Null(source.Find("https://other.example.com"));
    }

    private static void Shell(string home, string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GNUPGHOME"] = home;
        start.Environment["PASSWORD_STORE_DIR"] = Path.Combine(home, "store");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
    }
}
