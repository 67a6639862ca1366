namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>A message could not be kept: the spool or the disk is full.</summary>
internal sealed class SpoolFullException(string message, Exception? cause = null) : IOException(message, cause);
