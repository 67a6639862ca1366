namespace Kilometers.GoPlugin.Server.Handshake;

/// <summary>The plugin cannot be served; the message says why, for the host's user.</summary>
internal sealed class GoPluginStartException(string message, Exception? innerException = null) : Exception(message, innerException);
