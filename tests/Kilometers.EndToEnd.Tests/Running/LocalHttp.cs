using System.Net;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>HttpListener cannot be asked for any free port, and somebody else may take one that was free a moment ago.</summary>
internal static class LocalHttp
{
    private const int MaxPorts = 100;

    /// <returns>A listener that has started, and its address without a slash at its end.</returns>
    public static (HttpListener Listener, string Address) Listen()
    {
        for (var tried = 1; ; tried++)
        {
            var address = $"http://127.0.0.1:{Ports.Free()}";
            var listener = new HttpListener();
            listener.Prefixes.Add(address + "/");
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (tried < MaxPorts)
            {
                listener.Close();
            }
        }
    }
}
