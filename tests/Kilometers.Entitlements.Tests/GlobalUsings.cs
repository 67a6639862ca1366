global using Xunit;

// Modes, owners, links and locks of files are those of Unix; /proc is Linux.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
