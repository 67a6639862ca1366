using CsCheck;

namespace Kilometers.Audit.Tests;

/// <summary>Whatever bytes are changed, removed or added, wherever: it is found.</summary>
public sealed class TamperingTests : IDisposable
{
    private enum Change
    {
        Set,
        Insert,
        Remove,
    }

    // Bytes that mean something on a line come often.
    private static readonly Gen<byte> Bytes = Gen.Frequency((1, Gen.Byte), (1, Gen.OneOf("\n \"{}:,0123456789abcdef"u8.ToArray())));

    private static readonly Gen<(Change Change, double At, byte Value)[]> Changes = Gen.Select(
        Gen.OneOf(Enum.GetValues<Change>()),
        Gen.Double.Unit,
        Bytes
    ).Array[1, 3];

    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Verify_RandomChangesOfTheLog_AreFound()
    {
        _log.With(120);
        var original = File.ReadAllBytes(_log.Paths.Log);
        Changes.Sample(
            changes =>
            {
                var changed = Apply(original, changes);
                if (changed.AsSpan().SequenceEqual(original))
                    return;
                File.WriteAllBytes(_log.Paths.Log, changed);
                var isTornEnd = changed.AsSpan().StartsWith(original) && !changed.AsSpan(original.Length).Contains((byte)'\n');
                Assert.Equal(isTornEnd ? AuditOutcome.Intact : AuditOutcome.Damaged, _log.Verify().Outcome);
            },
            iter: 500,
            threads: 1
        );
    }

    [Theory]
    [InlineData("head.json")]
    [InlineData("checkpoint.pub")]
    public void Verify_RandomChangesOfHeadOrKey_AreFound(string name)
    {
        _log.With(3);
        var file = Path.Combine(_log.Folder, name);
        var original = File.ReadAllBytes(file);
        Changes.Sample(
            changes =>
            {
                var changed = Apply(original, changes);
                if (changed.AsSpan().SequenceEqual(original))
                    return;
                File.WriteAllBytes(file, changed);
                Assert.Equal(AuditOutcome.Damaged, _log.Verify().Outcome);
            },
            iter: 1000,
            threads: 1
        );
    }

    /// <summary>And a writer never covers it up: after the next record it is still found.</summary>
    [Fact]
    public void Append_AfterRandomChangesOfTheEnd_LeavesThemToBeFound()
    {
        _log.With(5);
        var (log, head) = (File.ReadAllBytes(_log.Paths.Log), File.ReadAllBytes(_log.Paths.Head));
        var last = log.AsSpan(0, log.Length - 1).LastIndexOf((byte)'\n') + 1;
        Changes.Sample(
            changes =>
            {
                byte[] changed = [.. log.AsSpan(0, last), .. Apply(log[last..], changes)];
                if (changed.AsSpan().StartsWith(log))
                    return;
                File.WriteAllBytes(_log.Paths.Log, changed);
                File.WriteAllBytes(_log.Paths.Head, head);
                _log.Log.Append(LogFolder.Record("after"), durable: false);
                Assert.Equal(AuditOutcome.Damaged, _log.Verify().Outcome);
            },
            iter: 300,
            threads: 1
        );
    }

    private static byte[] Apply(byte[] original, (Change Change, double At, byte Value)[] changes)
    {
        var bytes = original.ToList();
        foreach (var (change, at, value) in changes)
        {
            var index = (int)(at * (bytes.Count + (change == Change.Insert ? 1 : 0)));
            if (change == Change.Insert)
                bytes.Insert(index, value);
            else if (change == Change.Set)
                bytes[index] = value;
            else
                bytes.RemoveAt(index);
        }

        return [.. bytes];
    }
}
