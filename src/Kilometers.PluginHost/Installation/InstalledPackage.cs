using Kilometers.Packaging.Verification;

namespace Kilometers.PluginHost.Installation;

/// <summary>A package that was installed.</summary>
/// <param name="Verification">What its gates established.</param>
/// <param name="TestStart">What its test start showed; null where it was not test-started.</param>
internal sealed record InstalledPackage(PackageVerification Verification, TestStartResult? TestStart);
