using Wire2 = Kilometers.Wire.V2;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>The author's answers as contract version 2 writes them.</summary>
internal static class ToWire
{
    public static Wire2.Interest Interest(Observing.Interest interest) =>
        new()
        {
            Directions = { interest.Directions.Select(direction => (Wire2.Direction)direction) },
            Kinds = { interest.Kinds.Select(kind => (Wire2.MessageKind)kind) },
            Methods = { interest.Methods },
            MetadataOnly = interest.MetadataOnly,
        };
}
