using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Intercepting;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Guard.Definitions;
using Kilometers.Plugins.Guard.Flows;
using Kilometers.Plugins.Guard.Policy;
using Kilometers.Plugins.Guard.Reporting;
using Kilometers.Plugins.Guard.Secrets;
using Kilometers.Plugins.Guard.Stopping;

namespace Kilometers.Plugins.Guard;

/// <summary>Watches one session: its server's definitions, the texts in results, and secrets in both directions.</summary>
/// <param name="shared">What all sessions share.</param>
internal sealed class GuardPlugin(SharedGuard shared) : KilometersPlugin, IInterceptor
{
    private SessionFindings? _findings;
    private DefinitionWatch? _definitions;
    private MessageSearch? _messages;
    private IReadOnlyList<IVerdicts>? _verdicts;
    private RuleWatch? _rules;
    private FlowWatch? _flows;

    public override string Name => "guard";

    public override Tier RequiredTier => Tier.Free;

    public override IReadOnlyList<string> Features => [PluginCapabilities.InterceptFeature];

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        var settings = shared.Settings!;
        var server = new SessionServer(shared.Records!, Session, SecretMasker.Redact(Session.Command), shared.Time, fault =>
            Output.WriteLine($"{ErrorCode.GuardRecord} medium: {fault}")
        );
        _findings = new SessionFindings(server, settings.Ignored, Output);
        _definitions = new DefinitionWatch(
            server,
            _findings,
            new DefinitionInspector(shared.Detectors, SecretMasker.Redact),
            names => shared.Live.Enter(Session.Id, server.Key, server.Name, names),
            SecretMasker.Redact
        );
        _messages = new MessageSearch(settings.Results ? shared.Detectors : [], shared.Secrets, SecretMasker.Redact);
        _flows = new FlowWatch(Session, server, shared.Flows, SecretMasker.Redact);
        var rules = new SessionRules(Session.ServerLabel, shared.Rules!, () => shared.IsEnterprise, shared.Time);
        _rules = new RuleWatch(rules, Session.HoldsRequests, SecretMasker.Redact);
        _verdicts = [new UnapprovedChanges(server), new DeniedByRule(rules, SecretMasker.Redact)];
        return ValueTask.CompletedTask;
    }

    /// <summary>Only km asks: where the administrator's policy grants it, and the subscription includes it.</summary>
    public ValueTask<Verdict> InterceptAsync(HeldRequest request, CancellationToken cancellationToken)
    {
        // Nobody waits any more: the request may have been observed by now, and be counted.
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var verdicts in _verdicts!)
        {
            var verdict = verdicts.Decide(request);
            if (verdict != Verdict.Allow)
                return new(verdict);
        }

        return new(Verdict.Allow);
    }

    public override ValueTask HandleMessageAsync(ObservedMessage message, CancellationToken cancellationToken)
    {
        _definitions!.Handle(message);
        var texts = new MessageTexts(message);
        var found = _messages!.Find(message, texts);
        _findings!.Report(found, message);
        if (shared is { IsEnterprise: true, Settings.Flows: true })
            _findings.Report([.. _flows!.Find(message, found, texts)], message);
        _findings.Report([.. _rules!.Find(message)], message);
        return ValueTask.CompletedTask;
    }

    public override ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        _definitions?.End();
        shared.Live.Leave(Session.Id);
        return ValueTask.CompletedTask;
    }
}
