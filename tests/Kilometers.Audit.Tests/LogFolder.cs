using System.Text;
using Kilometers.Audit.Storage;
using Kilometers.Contracts;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Audit.Tests;

/// <summary>A log in a directory of its own, with a clock that stands still.</summary>
internal sealed class LogFolder : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("km-audit-").FullName;

    public LogFolder() => Log = new AuditLog(Paths.Folder, Time);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    public AuditLog Log { get; }

    public string Parent => _parent;

    public AuditPaths Paths => new(Path.Combine(_parent, "audit"));

    public string Folder => Paths.Folder;

    /// <summary>The whole lines, without their newlines.</summary>
    public string[] Lines
    {
        get => File.ReadAllText(Paths.Log).Split('\n')[..^1];
        set => File.WriteAllText(Paths.Log, string.Concat(value.Select(line => line + "\n")));
    }

    public IReadOnlyList<AuditEntry> Entries => [.. AuditReader.Read(Folder)];

    public static AuditRecord Record(string detail) =>
        new()
        {
            Event = "test.written",
            Decision = AuditDecision.Info,
            Detail = detail,
        };

    /// <summary>Appends records with the details "1", "2", … up to <paramref name="count"/>.</summary>
    public LogFolder With(int count)
    {
        for (var i = 1; i <= count; i++)
            Log.Append(Record($"{i}"), durable: false);
        return this;
    }

    public AuditVerification Verify(string? checkpointFile = null) => AuditVerifier.Verify(Folder, checkpointFile);

    /// <summary>The faults as "Kind line".</summary>
    public IEnumerable<string> Faults(string? checkpointFile = null) =>
        Verify(checkpointFile).Faults.Select(fault => fault.Line is { } line ? $"{fault.Kind} {line}" : $"{fault.Kind}");

    public void AssertIntact(long records)
    {
        var result = Verify();
        Assert.Empty(result.Faults);
        Assert.Equal((AuditOutcome.Intact, records), (result.Outcome, result.Records));
    }

    public void AssertDamaged(params string[] faults)
    {
        Assert.Equal(AuditOutcome.Damaged, Verify().Outcome);
        Assert.Equal(faults, Faults());
    }

    /// <summary>Appending must fail, and leave the log as it is.</summary>
    /// <returns>The error's detail.</returns>
    public string? AssertNotWritten()
    {
        var before = File.Exists(Paths.Log) ? File.ReadAllBytes(Paths.Log) : null;
        var error = Assert.Throws<KmException>(() => Log.Append(Record("refused"))).Error;
        Assert.Equal(ErrorCode.AuditNotWritten, error.Code);
        if (before is not null)
            Assert.Equal(before, File.ReadAllBytes(Paths.Log));
        return error.Detail;
    }

    public void AppendRaw(string text) => File.AppendAllText(Paths.Log, text, new UTF8Encoding(false));

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
