using Kilometers.Contracts;

namespace Kilometers.Api.Events.Ingest;

/// <summary>Why a whole batch is not taken.</summary>
internal static class IngestErrors
{
    public static KmException Invalid(string why) => new(new KmError(ErrorCode.ApiRequestInvalid, "The batch is malformed", why));

    public static KmException Busy() =>
        new(
            new KmError(
                ErrorCode.ApiBusy,
                "The API cannot take more events at the moment",
                "Nothing of this batch was stored, or all of it and the answer was lost.",
                "Send the same batch again after the time in Retry-After"
            )
        );
}
