using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kilometers.GoPlugin.Client.Transport;

/// <summary>
/// The system's certificate authorities. AutoMTLS trusts none of them, but on Unix .NET reads them all (50 to 140 ms) before the first
/// TLS connection of a process whatever the chain policy says: measured for .NET 10, custom root trust included. So it is begun early.
/// </summary>
internal static class SystemTrust
{
    private static readonly Lazy<Task> Loading = new(() => Task.Run(Load));

    /// <summary>Begins to read them, once; completes when they are read. Never faults.</summary>
    public static Task LoadAsync() => Loading.Value;

    private static void Load()
    {
        try
        {
            using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
            store.Open(OpenFlags.ReadOnly);
            foreach (var certificate in store.Certificates)
                certificate.Dispose();
        }
        catch (CryptographicException)
        {
            // This only saves time; the code that needs them will get the error.
        }
    }
}
