namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>The wire's times. A host's nonsense becomes the nearest time there is, not an exception.</summary>
internal static class WireTime
{
    private const int NanosecondsPerTick = 100;

    public static DateTimeOffset FromNanoseconds(long unixTime) => DateTimeOffset.UnixEpoch.AddTicks(unixTime / NanosecondsPerTick);

    public static DateTimeOffset FromMilliseconds(long unixTime) =>
        DateTimeOffset.FromUnixTimeMilliseconds(
            Math.Clamp(unixTime, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        );

    public static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / NanosecondsPerTick);
}
