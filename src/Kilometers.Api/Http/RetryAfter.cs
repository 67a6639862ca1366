using System.Globalization;
using Kilometers.Api.Configuration;

namespace Kilometers.Api.Http;

internal static class RetryAfter
{
    /// <summary>The value of the header Retry-After: whole seconds.</summary>
    public static string Of(EventOptions options) =>
        Math.Max(1, (int)Math.Ceiling(options.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
