namespace Kilometers.GoPlugin.Client.Transport;

/// <summary>What a plugin said in its handshake line, checked.</summary>
/// <param name="ProtocolVersion">The application protocol version it chose.</param>
/// <param name="Address">Where its gRPC server listens.</param>
/// <param name="Certificate">The DER form of its certificate; null without AutoMTLS.</param>
internal sealed record Handshake(int ProtocolVersion, PluginAddress Address, byte[]? Certificate);

/// <summary>Why a line is not an acceptable handshake.</summary>
/// <param name="Failure">The kind of failure.</param>
/// <param name="Why">What is wrong with the line, as the end of "the plugin's first line … ".</param>
/// <param name="Hint">What to do, as a sentence.</param>
internal readonly record struct HandshakeProblem(GoPluginFailure Failure, string Why, string Hint);
