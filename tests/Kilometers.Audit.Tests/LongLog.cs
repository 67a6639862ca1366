using Kilometers.Audit.Storage;

namespace Kilometers.Audit.Tests;

/// <summary>Writes many records at once, which the public way, one head for each, would take long for.</summary>
internal static class LongLog
{
    public static void Write(LogFolder folder, int count)
    {
        folder.With(1);
        using var key = CheckpointKey.ForSigning(folder.Paths, mayMake: false);
        var first = folder.Lines[0];
        var batch = new LogBatch(1, LogFormat.Hash(System.Text.Encoding.UTF8.GetBytes(first)), "2026-01-02T03:04:05.678Z", key);
        for (var i = 0; i < count; i++)
            batch.Add(LogFolder.Record($"record {i}"));
        using (var log = new FileStream(folder.Paths.Log, FileMode.Append))
            log.Write(batch.Lines);
        File.WriteAllBytes(
            folder.Paths.Head,
            (LogHead.Empty(key, "2026-01-02T03:04:05.678Z") with { Seq = batch.Seq, Hash = batch.Hash }).SignedBy(key).ToBytes()
        );
    }
}
