using Kilometers.Ui.Tests.Running;

// One browser for all tests: each start costs seconds and hundreds of megabytes.
[assembly: AssemblyFixture(typeof(Chromium))]
