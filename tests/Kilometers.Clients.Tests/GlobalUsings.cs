global using Xunit;

// Modes, links and attributes of files are those of Unix.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
