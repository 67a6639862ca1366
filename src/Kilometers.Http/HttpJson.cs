using System.Text.Json.Serialization;

namespace Kilometers.Http;

/// <summary>What a client gets where we answer ourselves.</summary>
internal sealed record RefusalBody(Refusal Error);

/// <summary>Why we did.</summary>
/// <param name="Code">A stable code (docs/errors.md).</param>
/// <param name="Message">What happened.</param>
internal sealed record Refusal(string Code, string Message);

/// <summary>What <c>km proxy --json</c> prints.</summary>
/// <param name="Url">The address to give to a client.</param>
/// <param name="Server">Where it leads.</param>
/// <param name="Version">Of this form.</param>
internal sealed record ProxyReport(string Url, string Server, int Version = 1);

/// <summary>What <c>km auth login --server URL --json</c> prints.</summary>
/// <param name="Action">The command.</param>
/// <param name="Subject">The server.</param>
/// <param name="Detail">Whether it asks for a sign-in at all.</param>
internal sealed record SignInReport(string Action, string Subject, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RefusalBody))]
[JsonSerializable(typeof(ProxyReport))]
[JsonSerializable(typeof(SignInReport))]
internal sealed partial class HttpJson : JsonSerializerContext;
