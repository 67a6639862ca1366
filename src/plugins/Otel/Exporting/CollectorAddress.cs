namespace Kilometers.Plugins.Otel.Exporting;

/// <summary>How the collector is spoken to.</summary>
internal enum Protocol
{
    /// <summary>OTLP over gRPC.</summary>
    Grpc,

    /// <summary>OTLP over HTTP with protobuf.</summary>
    Http,
}

/// <summary>Where the collector is.</summary>
/// <param name="Endpoint">Its address, without the paths of signals.</param>
/// <param name="Protocol">What it speaks.</param>
/// <param name="Headers">Headers for every request: often a key.</param>
internal sealed record CollectorAddress(Uri Endpoint, Protocol Protocol, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    /// <summary>A record prints its values; one is a secret.</summary>
    public override string ToString() => Endpoint.AbsoluteUri;
}
