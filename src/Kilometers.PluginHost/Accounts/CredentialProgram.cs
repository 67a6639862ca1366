using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;

namespace Kilometers.PluginHost.Accounts;

/// <summary>
/// A program that speaks the docker-credential-helpers protocol (<c>get</c>, <c>store</c>, <c>erase</c> with JSON on standard input and
/// output): the system's own key store. https://github.com/docker/docker-credential-helpers
/// </summary>
internal sealed class CredentialProgram(string program, string label) : ICredentialStore
{
    private const string Prefix = "docker-credential-";
    private const int LargestAnswer = 64 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The protocol's words for "there is none", and those of docker-credential-pass where there once was one.</summary>
    private static readonly string[] NotFound = ["credentials not found in native keychain", "no usernames for"];

    public string Name => label;

    /// <summary>Finds a helper on the PATH.</summary>
    /// <param name="name">As in <c>docker-credential-NAME</c>.</param>
    /// <returns>Null if there is none.</returns>
    public static CredentialProgram? Find(string name)
    {
        var file = Prefix + name + (OperatingSystem.IsWindows() ? ".exe" : "");
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Path.IsPathRooted).Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists) is { } path
            ? new CredentialProgram(path, Prefix + name)
            : null;
    }

    public string? Get(string endpoint)
    {
        var (status, output) = Run("get", endpoint);
        if (status != 0) return IsNotFound(output) ? null : throw Failed("get", output);
        try
        {
            return JsonSerializer.Deserialize(output, CredentialJsonContext.Default.ProgramCredential)?.Secret is { Length: > 0 } secret ? secret : null;
        }
        catch (JsonException e)
        {
            throw Failed("get", e.Message);
        }
    }

    public void Store(string endpoint, string key)
    {
        var credential = new ProgramCredential { ServerURL = endpoint, Username = "km", Secret = key };
        var (status, output) = Run("store", JsonSerializer.Serialize(credential, CredentialJsonContext.Default.ProgramCredential));
        if (status != 0) throw Failed("store", output);
    }

    public void Erase(string endpoint)
    {
        var (status, output) = Run("erase", endpoint);
        if (status != 0 && !IsNotFound(output)) throw Failed("erase", output);
    }

    private static bool IsNotFound(string output) => Array.Exists(NotFound, words => output.Contains(words, StringComparison.OrdinalIgnoreCase));

    private (int Status, string Output) Run(string verb, string input)
    {
        var start = new ProcessStartInfo(program, [verb]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };

        // It needs what its key store needs (D-Bus, GnuPG, a terminal for a passphrase), but not our key.
        foreach (var variable in ApiKeySource.Variables) start.Environment.Remove(variable);
        try
        {
            using var process = Process.Start(start) ?? throw new IOException("It did not start.");
            var output = ReadAsync(process.StandardOutput);
            var errors = ReadAsync(process.StandardError);
            Write(process, input);
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                throw Failed(verb, $"It did not end within {Limit.TotalSeconds:0} s.");
            }

            var said = output.GetAwaiter().GetResult();
            return (process.ExitCode, said.Length > 0 || process.ExitCode == 0 ? said : errors.GetAwaiter().GetResult());
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception)
        {
            throw Failed(verb, e.Message);
        }
    }

    private static void Write(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It did not want to read; its status says why.
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        for (int count; (count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            if (text.Length < LargestAnswer) text.Append(buffer, 0, count);
        return text.ToString();
    }

    private KmException Failed(string verb, string why)
    {
        var line = string.Concat(why.ReplaceLineEndings(" ").Trim().Take(300).Select(c => char.IsControl(c) ? '?' : c));
        return new KmException(new KmError(ErrorCode.CredentialStore, $"{label} could not {verb} the API key", line, "Use another place: km config set credential-helper file; or set KM_API_KEY."));
    }
}

/// <summary>What a helper gets and gives. The names are the protocol's.</summary>
internal sealed record ProgramCredential
{
    public required string ServerURL { get; init; }

    public required string Username { get; init; }

    public required string Secret { get; init; }
}

[JsonSerializable(typeof(ProgramCredential))]
internal sealed partial class CredentialJsonContext : JsonSerializerContext;
