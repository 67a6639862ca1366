using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Processes;

namespace Kilometers.Credentials;

/// <summary>
/// A program that speaks the docker-credential-helpers protocol (<c>get</c>, <c>store</c>, <c>erase</c> with JSON on standard input and
/// output): the system's own key store. https://github.com/docker/docker-credential-helpers
/// </summary>
/// <param name="program">Its path.</param>
/// <param name="label">What to call it.</param>
/// <param name="kind">What is kept.</param>
/// <param name="limit">How long it may take; null: a minute, for somebody who is asked for a passphrase.</param>
public sealed class CredentialProgram(string program, string label, SecretKind kind, TimeSpan? limit = null) : ICredentialStore
{
    private const string Prefix = "docker-credential-";
    private const int MaxAnswerBytes = 256 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The protocol's words for "there is none", and those of docker-credential-pass where there once was one.</summary>
    private static readonly string[] NotFound = ["credentials not found in native keychain", "no usernames for"];

    public string Name => label;

    /// <summary>Finds a helper on the PATH.</summary>
    /// <param name="name">As in <c>docker-credential-NAME</c>.</param>
    /// <param name="kind">What is kept.</param>
    /// <returns>Null if there is none.</returns>
    public static CredentialProgram? Find(string name, SecretKind kind)
    {
        var file = Prefix + name + (OperatingSystem.IsWindows() ? ".exe" : "");
        return
            (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(Path.PathSeparator)
                .Where(Path.IsPathRooted)
                .Select(folder => Path.Combine(folder, file))
                .FirstOrDefault(File.Exists)
                is { } path
            ? new CredentialProgram(path, Prefix + name, kind)
            : null;
    }

    public string? Get(string address)
    {
        var (isSuccess, output) = Run("get", address);
        if (!isSuccess)
            return IsNotFound(output) ? null : throw Failed("get", output);
        try
        {
            return JsonSerializer.Deserialize(output, CredentialJsonContext.Default.ProgramCredential)?.Secret is { Length: > 0 } secret
                ? secret
                : null;
        }
        catch (JsonException e)
        {
            throw Failed("get", e.Message);
        }
    }

    public void Store(string address, string secret)
    {
        var credential = new ProgramCredential
        {
            ServerURL = address,
            Username = "km",
            Secret = secret,
        };
        var (isSuccess, output) = Run("store", JsonSerializer.Serialize(credential, CredentialJsonContext.Default.ProgramCredential));
        if (!isSuccess)
            throw Failed("store", output);
    }

    public void Erase(string address)
    {
        var (isSuccess, output) = Run("erase", address);
        if (!isSuccess && !IsNotFound(output))
            throw Failed("erase", output);
    }

    private static bool IsNotFound(string output) =>
        Array.Exists(NotFound, words => output.Contains(words, StringComparison.OrdinalIgnoreCase));

    private (bool IsSuccess, string Output) Run(string verb, string input)
    {
        // It needs what its key store needs (D-Bus, GnuPG), but not our keys.
        var command = new ChildCommand
        {
            FileName = program,
            Arguments = [verb],
            Environment = Tool.EnvironmentWithout(CredentialStores.KeyVariables),
        };
        try
        {
            var result = new Tool(command, limit ?? Limit, MaxAnswerBytes, TimeProvider.System).Run(Encoding.UTF8.GetBytes(input));
            if (result.WhyKilled is { } whyKilled)
                throw Failed(verb, whyKilled);
            return (
                result.IsSuccess,
                Encoding.UTF8.GetString(result.Output.Length > 0 || result.IsSuccess ? result.Output : result.Errors)
            );
        }
        catch (ChildStartException e)
        {
            throw Failed(verb, e.Message);
        }
    }

    private KmException Failed(string verb, string why)
    {
        var line = string.Concat(why.ReplaceLineEndings(" ").Trim().Take(300).Select(c => char.IsControl(c) ? '?' : c));
        return new KmException(
            new KmError(
                ErrorCode.CredentialStore,
                $"{label} could not {verb} {kind.Noun}",
                line,
                $"Use another place: km config set credential-helper file. {kind.Hint}"
            )
        );
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
