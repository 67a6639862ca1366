global using Xunit;

// Some tests look at what the whole process reads, or run several processes on this machine's few processors: one test at a time.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

// Modes, owners, links and locks of files are those of Unix; /proc is Linux.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
