global using Xunit;

// Modes of files are Unix; Windows and macOS are compiled, not proven.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
