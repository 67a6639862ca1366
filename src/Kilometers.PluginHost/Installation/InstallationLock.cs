using Kilometers.Contracts;
using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.PluginHost.Installation;

/// <summary>One km at a time installs, removes, or writes the registry. Held by the open file: a killed km holds nothing.</summary>
internal sealed class InstallationLock : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly SafeFileHandle _file;

    private InstallationLock(SafeFileHandle file) => _file = file;

    /// <exception cref="KmException"><c>PLG_INS_003</c>: another km does not let go of it. <c>PLG_INS_002</c>: it cannot be made.</exception>
    public static async Task<InstallationLock> TakeAsync(PluginPaths paths, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var path = paths.InstallationLock;
        while (true)
        {
            try
            {
                PrivateFile.CreateDirectory(paths.Home);
                if (PrivateFile.TryLock(path) is { } file)
                    return new InstallationLock(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new KmException(
                    new KmError(ErrorCode.InstallationFailed, "The directory of km cannot be written", e.Message, $"Check {paths.Home}")
                );
            }

            if (time.GetElapsedTime(start) > Limit)
                throw new KmException(
                    new KmError(
                        ErrorCode.InstallationBusy,
                        "Another km is installing or removing plugins",
                        $"It holds {path} for more than {Limit.TotalSeconds} s.",
                        "Wait for it, or end it."
                    )
                );
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();
}
