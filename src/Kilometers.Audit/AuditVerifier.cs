using System.Security.Cryptography;
using Kilometers.Audit.Storage;
using Kilometers.Files;

namespace Kilometers.Audit;

/// <summary>
/// Verifies a log: the chain of hashes, the numbers, the signatures of head and checkpoints, the safety of the files from other users.
/// <para>
/// What it proves: every record up to the one that the head names is, byte for byte, in its order and number, what somebody with this user's
/// <c>checkpoint.key</c> wrote. So an edit, a deletion, an insertion or a truncation by accident, by a failing disk, by a restored backup of a
/// single file, or by anybody who cannot read that key is found. Records that a crash left behind the head are chained, but the last of them
/// is not signed until the next append.
/// </para>
/// <para>
/// What it does not prove: any program that runs as the same user can read the key, and can so write another log and sign it, all of it, without
/// a trace here; or put an older copy of the whole directory in place; or remove it. Against that helps only what this user cannot reach: keep
/// copies of <c>head.json</c> elsewhere, and verify with one, or have a witness keep them. Then everything up to that head is proven to be what it was when
/// the copy was made, whatever happened to the key; what came later is not. Root can do all of it, too.
/// </para>
/// </summary>
public static class AuditVerifier
{
    private const int MaxCopy = 64 * 1024;

    /// <summary>Verifies a log in one pass, in constant memory. Writers wait only while its length is looked at.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="checkpointFile">A copy of <c>head.json</c> that was kept elsewhere; null: none.</param>
    /// <param name="time">The clock for the wait for a writer; null: the system's.</param>
    /// <param name="witnessed">Where a witness saw the log of this installation; null: nowhere.</param>
    /// <returns>What was found. Errors of the file system are faults, too.</returns>
    public static AuditVerification Verify(
        string directory,
        string? checkpointFile = null,
        TimeProvider? time = null,
        IReadOnlyList<AuditHead>? witnessed = null
    )
    {
        var paths = new AuditPaths(directory);
        var faults = new FaultList();
        try
        {
            return new Run(paths, faults, witnessed ?? []).Verify(checkpointFile, time ?? TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            faults.Add(AuditFaultKind.NotReadable, e.Message);
            return new AuditVerification { Faults = faults.Kept, FaultCount = faults.Count };
        }
    }

    private sealed class Run(AuditPaths paths, FaultList faults, IReadOnlyList<AuditHead> witnessed)
    {
        private long _witnessedThrough;

        public AuditVerification Verify(string? checkpointFile, TimeProvider time)
        {
            var isSafe = CheckFiles();
            var isThere = File.Exists(paths.Log) || paths.Older.Count > 0;
            if (!isSafe || !isThere)
            {
                if (isSafe)
                    faults.Add(AuditFaultKind.LogMissing, "There is no audit log: nothing was recorded, or it was removed.");
                CompareWitnessed(null, null);
                return Result(null, null, null, isDamaged: Path.Exists(paths.Head) || !isSafe || witnessed.Count > 0);
            }

            using var key = ReadKey();
            var (log, head) = Look(key, time);
            using var opened = log;
            var copy = checkpointFile is null ? null : ReadCopy(checkpointFile, key);
            var chain = new ChainCheck(
                faults,
                key,
                new[] { head, copy }
                    .OfType<LogHead>()
                    .SelectMany(some => new[] { some.Seq, some.FlushedSeq })
                    .Concat(witnessed.Select(seen => seen.Seq))
            );
            foreach (var line in log.Forward())
                chain.Add(line);

            if (chain.Lines == 0 && !Path.Exists(paths.Head))
            {
                faults.Add(AuditFaultKind.LogMissing, "The audit log is empty: nothing was recorded, or its content was removed.");
                CompareWitnessed(chain, key);
                return Result(chain, head, key, isDamaged: witnessed.Count > 0);
            }

            if (!Path.Exists(paths.Head))
                faults.Add(AuditFaultKind.HeadMissing, "The head is missing: nobody can tell whether the end of the log is.");
            Compare(chain, head);
            CompareWitnessed(chain, key);
            if (copy is not null && chain.HashOf(copy.Seq) != copy.Hash)
                faults.Add(
                    AuditFaultKind.CopyMismatch,
                    $"Record {LogFormat.Number(copy.Seq)}, which the copy of the head names, is not in the log: it was rolled back or rewritten."
                );
            return Result(chain, head, key, faults.HasDamage);
        }

        /// <returns>Whether there is anything that can be read without following a link.</returns>
        private bool CheckFiles()
        {
            // Root looks at logs of others: then all must belong to whom the directory does.
            var owner =
                PrivateFile.CurrentUser() is 0 && Directory.Exists(paths.Folder)
                    ? PrivateFile.OwnerOf(paths.Folder)
                    : PrivateFile.CurrentUser();
            var folder = FileRules.Check(paths.Folder, owner);
            faults.Add(folder);
            if (folder?.Kind == AuditFaultKind.Link)
                return false;
            var isLinked = false;
            foreach (var fault in paths.Files.Select(file => FileRules.Check(file, owner)))
            {
                faults.Add(fault);
                isLinked |= fault?.Kind == AuditFaultKind.Link;
            }

            return !isLinked;
        }

        private CheckpointKey? ReadKey()
        {
            if (!File.Exists(paths.PublicKey))
            {
                faults.Add(AuditFaultKind.KeyInvalid, "The public key is missing: no signature can be verified.");
                return null;
            }

            var key = CheckpointKey.ReadPublic(CheckpointKey.ReadPublicFile(paths));
            if (key is null)
                faults.Add(AuditFaultKind.KeyInvalid, "The public key is not usable: no signature can be verified.");

            // A copy of a log may come without the private key, and verifies as well.
            if (key is null || !File.Exists(paths.Key))
                return key;
            using var own = CheckpointKey.ReadPrivate(paths);
            if (own?.Id != key.Id)
                faults.Add(AuditFaultKind.KeyInvalid, "The private key is not usable, or another one than that of the public key.");
            return key;
        }

        /// <summary>Files and head of the same moment.</summary>
        private (LogFiles Log, LogHead? Head) Look(CheckpointKey? key, TimeProvider time)
        {
            using var held = File.Exists(paths.Lock) && File.Exists(paths.Turn) ? TryHold(time) : null;
            var log = LogFiles.Open(paths);
            if (!File.Exists(paths.Head))
                return (log, null);
            var head = LogHead.Read(PrivateFile.ReadAll(paths.Head, LogHead.MaxFile));
            if (head is null)
                faults.Add(AuditFaultKind.HeadInvalid, "The head is not of the known form.");
            else if (key is not null && !head.IsSignedBy(key))
                faults.Add(AuditFaultKind.HeadInvalid, "The signature of the head is not valid.");
            return (log, head);
        }

        private WriterLock? TryHold(TimeProvider time)
        {
            try
            {
                return WriterLock.Take(paths, time);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // On read-only media nobody writes either.
                return null;
            }
        }

        private LogHead? ReadCopy(string file, CheckpointKey? key)
        {
            LogHead? copy = null;
            try
            {
                copy = new FileInfo(file) is { Exists: true, Length: <= MaxCopy } ? LogHead.Read(File.ReadAllBytes(file)) : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Said below.
            }

            if (copy is null)
                faults.Add(AuditFaultKind.CopyInvalid, $"{file} cannot be read, or is not a copy of a head.json.");
            else if (key is not null && !copy.IsSignedBy(key))
                faults.Add(
                    AuditFaultKind.CopyInvalid,
                    $"{file} is not signed with this log's key: it was changed, belongs to another log, or the key was replaced."
                );
            return copy;
        }

        private void Compare(ChainCheck chain, LogHead? head)
        {
            if (head is null)
                return;
            if (chain.Seq >= head.FlushedSeq && chain.HashOf(head.FlushedSeq) != head.FlushedHash)
                faults.Add(
                    AuditFaultKind.HeadMismatch,
                    $"Record {LogFormat.Number(head.FlushedSeq)} is not the one that the head names as flushed to disk."
                );
            else if (head.Seq > chain.Seq && head.ExplainsLossAfter(chain.Seq))
                faults.Add(AuditFaultKind.Lost, $"As far as the head tells, {LogFormat.LossOf(chain.Seq, head.Seq)}.");
            else if (head.Seq > chain.Seq)
                faults.Add(
                    AuditFaultKind.Truncated,
                    $"The head names record {LogFormat.Number(head.Seq)}, but the log ends with {LogFormat.Number(chain.Seq)}."
                );
            else if (chain.HashOf(head.Seq) != head.Hash)
                faults.Add(AuditFaultKind.HeadMismatch, $"Record {LogFormat.Number(head.Seq)} is not the one that the head names.");
        }

        /// <summary>One fault for each log that is not as the witness saw it: at the first record that differs.</summary>
        private void CompareWitnessed(ChainCheck? chain, CheckpointKey? key)
        {
            foreach (var log in witnessed.GroupBy(seen => seen.Log))
            {
                var last = log.Max(seen => seen.Seq);
                if (chain is null || log.Key != key?.Id)
                {
                    faults.Add(
                        AuditFaultKind.WitnessMismatch,
                        $"The witness saw another log here, up to record {LogFormat.Number(last)}: it was removed, or replaced by a new one."
                    );
                    continue;
                }

                var wrong = log.Where(seen => chain.HashOf(seen.Seq) != seen.Hash).OrderBy(seen => seen.Seq).FirstOrDefault();
                _witnessedThrough = log.Where(seen => wrong is null || seen.Seq < wrong.Seq)
                    .Select(seen => seen.Seq)
                    .DefaultIfEmpty()
                    .Max();
                if (wrong is null)
                    continue;
                faults.Add(
                    AuditFaultKind.WitnessMismatch,
                    last > chain.Seq
                        ? $"The witness saw record {LogFormat.Number(last)}, but the log ends with {LogFormat.Number(chain.Seq)}: it was rolled back or cut off."
                        : $"Record {LogFormat.Number(wrong.Seq)} is not the one that the witness saw: the log was rewritten."
                );
            }
        }

        private AuditVerification Result(ChainCheck? chain, LogHead? head, CheckpointKey? key, bool isDamaged)
        {
            var isIntact = !faults.HasDamage && chain is not null && head is not null;
            return new AuditVerification
            {
                Outcome =
                    isIntact ? AuditOutcome.Intact
                    : isDamaged ? AuditOutcome.Damaged
                    : AuditOutcome.NotVerified,
                Log = key?.Id,
                Records = chain?.Lines ?? 0,
                FirstSeq = chain?.First?.Seq ?? 0,
                LastSeq = chain?.Last?.Seq ?? 0,
                FirstTime = chain?.First is { } first ? LogFormat.ReadTime(first.Time) : null,
                LastTime = chain?.Last is { } last ? LogFormat.ReadTime(last.Time) : null,
                SignedThrough =
                    !isIntact ? 0
                    : head!.Seq <= chain!.Seq ? head.Seq
                    : head.FlushedSeq,
                WitnessedThrough = _witnessedThrough,
                Faults = faults.Kept,
                FaultCount = faults.Count,
            };
        }
    }
}
