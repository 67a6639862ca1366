using Kilometers.Monitoring.Observation;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>The words for what was missed and why, in a session's last line.</summary>
internal static class LossText
{
    /// <param name="reasons">One <see cref="DropReason"/>, or several with commas between them.</param>
    public static string Why(string reasons) =>
        string.Join(
            "; ",
            reasons
                .Split(',')
                .Distinct()
                .Select(reason =>
                    reason switch
                    {
                        DropReason.QueueFull => "its queue was full",
                        DropReason.TooLarge => "larger than --queue-size",
                        DropReason.DiskFull => "the disk could not take more",
                        DropReason.DiskFailed => "the disk could not be read",
                        DropReason.ObserverBehind => "km could not keep up",
                        DropReason.NoHost => "km-host was not running",
                        DropReason.HostEnded => "km-host had ended",
                        DropReason.NoSharedMemory => "km has no memory to share with km-host",
                        DropReason.SetAside => "it ended twice at that message",
                        DropReason.SessionEnded => "the session ended first",
                        DropReason.ObserverFailed => "a fault in km",
                        _ => reason,
                    }
                )
        );

    public static string Dropped(string reason) => $"dropped ({Why(reason)})";
}
