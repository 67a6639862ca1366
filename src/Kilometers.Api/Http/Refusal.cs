namespace Kilometers.Api.Http;

/// <summary>Why a request was refused, for its line in the log.</summary>
/// <param name="Code">The error code.</param>
internal sealed record Refusal(string Code);
