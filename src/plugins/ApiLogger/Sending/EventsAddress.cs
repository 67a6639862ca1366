namespace Kilometers.Plugins.ApiLogger.Sending;

/// <summary>Where events are sent to.</summary>
internal static class EventsAddress
{
    /// <param name="endpoint">The API's base address.</param>
    /// <returns>The address of its events.</returns>
    /// <exception cref="ArgumentException">The token and the messages would not be safe on the way there.</exception>
    public static Uri Of(string endpoint)
    {
        if (endpoint.Length == 0)
            throw new ArgumentException("There is no API to send to: set endpoint to its address, like https://api.example.com.");
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
            throw new ArgumentException($"endpoint must be an address like https://api.example.com: '{endpoint}'.");
        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
            throw new ArgumentException("endpoint must have no user, query or fragment.");
        if (address.Scheme != "https" && !address.IsLoopback)
            throw new ArgumentException(
                $"endpoint must be https, or others on the network could read along: '{endpoint}'. Plain http is for this machine only."
            );
        return new Uri(address.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/api/events/batch");
    }
}
