namespace Kilometers.RedactionBench.Corpus;

/// <summary>One message with one secret in it.</summary>
/// <param name="Family">What kind of thing holds the secret: a bare token, a line of settings, a file, a wrapping, a log message.</param>
/// <param name="Form">Which one of that kind.</param>
/// <param name="Message">The MCP message.</param>
/// <param name="Secret">What must not be readable in it afterwards.</param>
internal sealed record Sample(string Family, string Form, byte[] Message, string Secret);
