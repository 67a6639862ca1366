using System.Globalization;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Plugins;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>Whether the audit log is intact, and the last errors in it. Codes and names, no details: those hold command lines and paths.</summary>
internal sealed class AuditCheck : IDoctorCheck
{
    private const int MaxShown = 5;
    private static readonly TimeSpan Recent = TimeSpan.FromDays(7);

    public string Name => "audit";

    public Prerequisites Needs => Prerequisites.Home;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>([.. Find(context.Command)]);

    private static IEnumerable<Finding> Find(CommandContext context)
    {
        if (!Directory.Exists(context.Paths.Audit))
        {
            yield return Finding.Ok("no records yet");
            yield break;
        }

        var result = AuditVerifier.Verify(context.Paths.Audit, null, context.Time, []);
        yield return AuditVerifyCommand.WhyNotIntact(result, context.Paths.Audit) is { } error
            ? Finding.Of(error)
            : Finding.Ok("the log is intact");

        var errors = AuditReader
            .Read(context.Paths.Audit, new AuditFilter { Since = context.Time.GetUtcNow() - Recent })
            .Where(entry => entry is { IsReadable: true, Code: not null })
            .GroupBy(entry => (entry.Code, entry.Plugin))
            .Select(group => (group.Key, Count: group.Count(), Last: group.Max(entry => entry.Time)))
            .OrderByDescending(group => group.Last)
            .ToList();
        if (errors.Count > 0)
            yield return Finding.Ok(
                "errors of the last 7 days; for all of them: km audit show --since 7d",
                string.Join(
                    '\n',
                    errors.Take(MaxShown).Select(group => Describe(group.Key.Code!, group.Key.Plugin, group.Count, group.Last))
                )
            );
    }

    private static string Describe(string code, string? plugin, int count, DateTimeOffset last) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{code}{(plugin is null ? "" : $" {plugin}")}, {(count == 1 ? "once" : $"{count} times, last")} at {PluginListing.When(last)}"
        );
}
