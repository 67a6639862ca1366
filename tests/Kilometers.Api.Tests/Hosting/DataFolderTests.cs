using System.Runtime.Versioning;
using System.Text.Json;
using Kilometers.Api.Configuration;
using Kilometers.Api.Tests.Events;
using Kilometers.Api.Tests.Running;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Tests.Hosting;

/// <summary>What is in the data folder is readable by the server's user alone.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DataFolderTests : IDisposable
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    private const UnixFileMode Open =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("km-api-test-");

    [Fact]
    public async Task A_folder_that_was_there_and_open_holds_nothing_that_others_can_read()
    {
        var data = Make(Open);
        await using var api = await ApiProcess.StartAsync(data);
        using var admin = api.Operator();
        var (id, key) = await admin.CustomerAsync("Pro");
        using var customer = new Customer(id, key, api.Client(key));
        using var stored = await customer.PostAsync(
            "/api/events/batch",
            JsonSerializer.Serialize(EventClient.BatchOf([Sample.Event()]), ApiEventJsonContext.Default.EventBatch)
        );
        Assert.Equal(System.Net.HttpStatusCode.Accepted, stored.StatusCode);
        Assert.Contains(api.Lines, line =>
            line.Contains("Closed", StringComparison.Ordinal) && line.Contains("0755", StringComparison.Ordinal)
        );
        Assert.All(
            new DirectoryInfo(data).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Append(new DirectoryInfo(data)),
            entry => Assert.True((entry.UnixFileMode & Others) == 0, $"{entry.FullName} {entry.UnixFileMode}")
        );
        Assert.True(File.Exists(Path.Combine(data, "events.db")));
    }

    [Fact]
    public void A_folder_of_something_else_is_refused_with_the_command_that_closes_it()
    {
        var data = Make(Open);
        File.WriteAllText(Path.Combine(data, "somebodys.txt"), "");
        Refused(data, $"chmod 700 '{data}'");
        Assert.Equal(Open, File.GetUnixFileMode(data));
    }

    [Fact]
    public void A_folder_that_others_could_write_to_is_refused_though_it_is_ours()
    {
        var data = Make(Open | UnixFileMode.GroupWrite);
        File.WriteAllText(Path.Combine(data, "lock"), "");
        Refused(data, "chmod 700");
    }

    [Fact]
    public void What_an_earlier_version_left_open_is_closed()
    {
        var data = Make(Open);
        File.WriteAllText(Path.Combine(data, "lock"), "");
        File.WriteAllText(Path.Combine(data, "events.db-wal"), "");
        File.SetUnixFileMode(Path.Combine(data, "events.db-wal"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        using (DataFolder.Take(data, _ => { }))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(data, "events.db-wal")));
            Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(data) & Others);
            var inUse = Assert.Throws<KmException>(() => DataFolder.Take(data, _ => { }));
            Assert.Contains("in use", inUse.Error.Summary, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _parent.Delete(recursive: true);

    private static void Refused(string data, string hint)
    {
        var refusal = Assert.Throws<KmException>(() => DataFolder.Take(data, _ => { }));
        Assert.Equal(ErrorCode.ApiConfiguration, refusal.Error.Code);
        Assert.Contains(hint, refusal.Error.Hint, StringComparison.Ordinal);
    }

    private string Make(UnixFileMode mode)
    {
        var data = Path.Combine(_parent.FullName, "data");
        Directory.CreateDirectory(data);
        File.SetUnixFileMode(data, mode);
        return data;
    }
}
