using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Kilometers.Api.Storage;

/// <summary>Everything but events. The tables are made by <see cref="SchemaMigration"/>; this only reads and writes them.</summary>
internal sealed partial class ApiDatabase(DbContextOptions<ApiDatabase> options) : DbContext(options)
{
    public DbSet<CustomerRow> Customers => Set<CustomerRow>();

    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    public DbSet<ContentRow> Contents => Set<ContentRow>();

    public DbSet<ContentPartRow> ContentParts => Set<ContentPartRow>();

    public DbSet<ReleaseRow> Releases => Set<ReleaseRow>();

    public DbSet<ReleaseFileRow> ReleaseFiles => Set<ReleaseFileRow>();

    public DbSet<KmReleaseRow> KmReleases => Set<KmReleaseRow>();

    public DbSet<IssuerKeyRow> IssuerKeys => Set<IssuerKeyRow>();

    public DbSet<BuildRow> Builds => Set<BuildRow>();

    public DbSet<RevocationListRow> RevocationLists => Set<RevocationListRow>();

    public DbSet<SharedSecretRow> SharedSecrets => Set<SharedSecretRow>();

    public DbSet<AuditRecordRow> AuditRecords => Set<AuditRecordRow>();

    public DbSet<AuditHeadRow> AuditHeads => Set<AuditHeadRow>();

    public DbSet<InsightRow> Insights => Set<InsightRow>();

    public DbSet<InsightAlarmRow> InsightAlarms => Set<InsightAlarmRow>();

    /// <summary>Whether a write failed because the row is there already: the one way in which nodes find out that another was first.</summary>
    public static bool IsDuplicate(DbUpdateException exception) =>
        exception.InnerException switch
        {
            SqliteException
            {
                SqliteExtendedErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT_UNIQUE or SQLitePCL.raw.SQLITE_CONSTRAINT_PRIMARYKEY
            } => true,
            PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } => true,
            _ => false,
        };

    /// <summary>Saves, and records it: what cannot be recorded is not done, and a crash in between leaves a record of what was not done rather than the reverse.</summary>
    /// <param name="record">Writes the audit record.</param>
    /// <param name="cancellationToken">Gives up; nothing has changed then.</param>
    /// <exception cref="DbUpdateException">It was not saved, and not recorded.</exception>
    public async Task SaveAsync(Action record, CancellationToken cancellationToken)
    {
        await using var transaction = await Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        record();
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<CustomerRow>().ToTable("customers").HasKey(row => row.Id);
        modelBuilder.Entity<ApiKeyRow>().ToTable("api_keys").HasKey(row => row.Id);
        modelBuilder.Entity<ContentRow>().ToTable("contents").HasKey(row => row.Digest);
        modelBuilder.Entity<ContentPartRow>().ToTable("content_parts").HasKey(row => new { row.Digest, row.Part });
        modelBuilder.Entity<ReleaseRow>().ToTable("releases").HasKey(row => row.Id);
        modelBuilder.Entity<ReleaseFileRow>().ToTable("release_files").HasKey(row => new { row.ReleaseId, row.Path });
        modelBuilder.Entity<KmReleaseRow>().ToTable("km_releases").HasKey(row => row.Id);
        modelBuilder.Entity<IssuerKeyRow>().ToTable("issuer_keys").HasKey(row => row.Id);
        modelBuilder.Entity<BuildRow>().ToTable("builds").HasKey(row => row.Id);
        modelBuilder.Entity<RevocationListRow>().ToTable("revocation_lists").HasKey(row => row.Number);
        modelBuilder.Entity<SharedSecretRow>().ToTable("shared_secrets").HasKey(row => row.Name);
        modelBuilder.Entity<AuditRecordRow>().ToTable("audit_records").HasKey(row => new { row.Node, row.Seq });

        modelBuilder
            .Entity<AuditHeadRow>()
            .ToTable("audit_heads")
            .HasKey(row => new
            {
                row.CustomerId,
                row.Installation,
                row.Log,
                row.Seq,
            });

        modelBuilder
            .Entity<InsightRow>()
            .ToTable("insights")
            .HasKey(row => new
            {
                row.CustomerId,
                row.Hour,
                row.Installation,
                row.Server,
                row.Client,
                row.IsFromServer,
                row.Method,
                row.Name,
            });
        modelBuilder
            .Entity<InsightAlarmRow>()
            .ToTable("insight_alarms")
            .HasKey(row => new
            {
                row.CustomerId,
                row.Hour,
                row.Installation,
                row.Number,
            });

        // What is saved together must know its order.
        modelBuilder.Entity<ReleaseFileRow>().HasOne<ReleaseRow>().WithMany().HasForeignKey(row => row.ReleaseId);
        modelBuilder.Entity<RevocationListRow>().Property(row => row.Number).ValueGeneratedNever();
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
            property.SetColumnName(WordStart().Replace(property.Name, "_$0").ToLowerInvariant());
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
