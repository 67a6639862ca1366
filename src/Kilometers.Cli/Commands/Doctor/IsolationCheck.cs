using Kilometers.Contracts;
using Kilometers.PluginHost.Launch;

namespace Kilometers.Cli.Commands.Doctor;

/// <summary>Which layers keep plugins apart from the rest of the machine. Without control groups limits are only advisory, which is usual.</summary>
internal sealed class IsolationCheck : IDoctorCheck
{
    private static readonly string[] Usual = ["L2"];

    public string Name => "isolation";

    public Prerequisites Needs => Prerequisites.None;

    public Task<IReadOnlyList<Finding>> RunAsync(DoctorContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>([.. Find(IsolationReport.OfThisMachine)]);

    internal static IEnumerable<Finding> Find(IsolationReport report)
    {
        yield return Finding.Ok(
            string.Join(", ", report.Reached),
            string.Join('\n', report.Layers.Where(layer => !layer.IsReached && Usual.Contains(layer.Name)).Select(Describe))
        );
        foreach (var layer in report.Layers.Where(layer => !layer.IsReached && !Usual.Contains(layer.Name)))
            yield return Finding.Of(
                new KmError(
                    ErrorCode.IsolationMissing,
                    $"Plugins run without a layer of isolation: {Describe(layer)}",
                    Hint: "Use a kernel with Landlock and seccomp. A policy can refuse plugins without them: isolation.require."
                ),
                Severity.Warning
            );
    }

    private static string Describe(IsolationLayer layer) => $"no {layer.Name}: {layer.Detail}";
}
