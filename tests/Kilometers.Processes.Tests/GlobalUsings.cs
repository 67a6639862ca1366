global using Xunit;

// Descriptors, children and the subreaper belong to the whole process: one test at a time.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

// What is tested is Unix; /proc is Linux.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
