using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.PluginHost.Lifecycle;

namespace Kilometers.PluginHost.Tests.Lifecycle;

public sealed class PluginAuditTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Launch_WhoIsToldOfAFaultThrows_TheNextRecordsAreStillWritten()
    {
        var log = _folder["audit"];
        await File.WriteAllTextAsync(log, "no folder", TestContext.Current.CancellationToken);
        var audit = new PluginAudit(new AuditLog(log, TimeProvider.System), "s", _ => throw new InvalidOperationException("nobody there"));
        await Assert.ThrowsAsync<KmException>(() => audit.LaunchAsync("watcher", null, "/bin/watcher"));
        File.Delete(log);
        await audit.LaunchAsync("watcher", null, "/bin/watcher").WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await audit.CompleteAsync().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.False(audit.IsWriting);
    }
}
