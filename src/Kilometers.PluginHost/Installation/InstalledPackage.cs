using Kilometers.Contracts;
using Kilometers.Packaging.Verification;

namespace Kilometers.PluginHost.Installation;

/// <summary>A package that was installed.</summary>
/// <param name="Verification">What its gates established.</param>
/// <param name="TestStart">What its test start showed; null where it was not test-started, or failed.</param>
/// <param name="Failure">Why its test start failed, where the user kept it all the same.</param>
internal sealed record InstalledPackage(PackageVerification Verification, TestStartResult? TestStart, KmError? Failure = null);
